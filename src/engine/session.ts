import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import type { Message } from "../common/message";
import { inComputedOrder } from "../graph/attention";
import { outputIds } from "../graph/embedding";
import { type ExplainableModel, type ExposedAttention, logitsOutput, makeExplainable } from "../graph/explainable";
import type { FedEmbeddings } from "../graph/fedEmbeddings";
import { placesInput } from "../graph/passes/readPlaces";
import type { RowsRead } from "../graph/rowsRead";
import type { RunBytes } from "../graph/runBytes";
import type { RunWork } from "../graph/runWork";
import type { LayerAttention } from "../methods/attentionScores";
import { fileHash } from "../models/fileHash";
import type { ModelFolder } from "../models/folder";
import { reducedOutputs, targetValue, weighedTarget } from "../tasks/target";
import { type Row, withoutPlaces } from "./batcher";
import { fedRows } from "./fedWords";
import { overRow } from "./mapLayout";
import { embeddingBytes, type LoadedSession, loadRewritten } from "./modelLoading";
import { ModelParts } from "./modelParts";
import { runtimeError } from "./runtime";
import { feedsOf, readInputs, type TokenInput } from "./tokenInputs";

/** What a session gives back for one input: logits of all classes, and the asked layers' attention. */
export interface AttentionRun {
  readonly logits: Float32Array;
  readonly layers: readonly LayerAttention[];
}

/** A model loaded into the runtime; the same session gives logits and attention. Not padded, so every row of a run has the same length. */
export class ModelSession {
  readonly file: string;
  /** What further sessions of the model are made of. */
  readonly parts: ModelParts;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly opset: number;
  /** The attention maps that are shown, in the order in which a text passes them: of self-attention, or of encoder, decoder and from the one to the other; empty when the graph has none. */
  readonly layers: readonly ExposedAttention[];
  readonly attentionMissing: Message | null;
  /** Why logits differ a little from those of the file as shipped. */
  readonly differs: Message | null;
  /** Memory that the loaded model takes, roughly; not counting runs. */
  readonly bytes: number;
  /** What a run takes beside that, attention of all layers included. */
  readonly runBytes: RunBytes;
  /** How many multiplications one row takes. */
  readonly runWork: RunWork;
  /** SHA-256 of the model file, or of the encoder and the decoder one after the other. */
  readonly sha256: Promise<string>;
  /** Rows in one run at most: 1 for models exported with a fixed batch. */
  readonly maximumRows: number;
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;
  readonly #inputTypes: readonly TokenInput[];
  /** The word embeddings it is fed; `null` where no table of them was found, without which there are no gradients. */
  readonly fed: FedEmbeddings | null;
  /** The tokens whose last states its classes are computed from; `null` where that was not found. */
  readonly reads: RowsRead | null;
  /** The name of the output with the logits. */
  readonly logitsName: string;
  #open = true;

  private constructor(parts: ModelParts, { rewritten: explainable, session, tensor }: LoadedSession<ExplainableModel>) {
    const { folder } = parts;
    this.file = folder.file;
    this.parts = parts;
    this.opset = explainable.opset;
    this.inputs = explainable.inputs.map((input) => input.name);
    this.outputs = explainable.outputs.map((output) => output.name);
    this.layers = this.readsOutput ? inComputedOrder(explainable.attention) : selfAttention(explainable.attention);
    this.attentionMissing = explainable.attentionMissing;
    this.differs = explainable.differs;
    this.bytes = bytesOf(explainable);
    this.runBytes = explainable.runBytes;
    this.runWork = explainable.runWork;
    this.#session = session;
    this.#tensor = tensor;
    this.#inputTypes = readInputs(explainable.inputs);
    this.fed = explainable.fed;
    this.reads = explainable.reads;
    this.maximumRows = readMaximumRows(explainable);
    this.logitsName = readLogits(explainable);
    this.sha256 = fileHash(...parts.datedFiles());
    this.sha256.catch(() => undefined);
  }

  /**
   * Reads, rewrites and loads the model of a folder; `threads` 0 leaves the number to the engine. Throws an {@link ExplainError} for a file that is
   * damaged, unsafe, too large for the memory, or uses inputs or operators that are not supported. `makeRoom` hears how many bytes it will take, and how many more only
   * while it is loaded, before it takes them; what it returns is called when it is loaded.
   */
  static async load(
    folder: ModelFolder,
    threads: number,
    makeRoom: (bytes: number, loading: number) => Promise<() => void> = async () => () => undefined,
    parts = new ModelParts(folder),
  ): Promise<ModelSession> {
    let loaded: LoadedSession<ExplainableModel> | undefined;
    try {
      loaded = await loadRewritten(parts, threads, makeExplainable, {
        prepare: (model, _, loading) => makeRoom(bytesOf(model), loading),
      });
      return new ModelSession(parts, loaded);
    } catch (error) {
      await loaded?.session.release();
      throw error;
    }
  }

  /** Whether a token is replaced in its embedding only, so that all else a model finds by token ids stays as in the text. */
  get keepsPlaces(): boolean {
    return this.fed?.isAll === true;
  }

  /** Whether outputs are read at tokens, by {@link Row.at}. */
  get readsPlaces(): boolean {
    return this.inputs.includes(placesInput);
  }

  /** Whether a decoder is fed the output so far beside the text, from {@link Row.outputFrom} on. */
  get readsOutput(): boolean {
    return this.inputs.includes(outputIds);
  }

  /** Logits of each row; the rows must be equally long. */
  async logits(rows: readonly Row[]): Promise<Float32Array[]> {
    const results = await this.#run(rows, [this.logitsName]);
    return this.#rowsOf(results[this.logitsName], rows);
  }

  /**
   * Logits and the attention of the layers from `first` to `end` (exclusive) on one row, over all its positions: where only some look at some, as those of the output at those of the text,
   * all others are 0.
   */
  async attention(row: Row, first: number, end: number): Promise<AttentionRun> {
    const maps = this.layers.slice(first, end);
    const results = await this.#run([row], [this.logitsName, ...maps.map(({ name }) => name)]);
    return {
      logits: this.#rowsOf(results[this.logitsName], [row])[0] ?? new Float32Array(),
      layers: maps.map((map) => this.#layerOf(map, results[map.name], row)),
    };
  }

  #layerOf(map: ExposedAttention, tensor: Tensor | undefined, row: Row): LayerAttention {
    const { dims = [], data } = tensor ?? {};
    const layer = data instanceof Float32Array ? overRow(map, { dims, data }, row, this.readsOutput) : null;
    if (!layer) {
      throw new ExplainError(
        "model-unsupported",
        "The attention of {0} has the shape {1}, which is not heads × tokens × tokens. Choose another model.",
        this.file,
        dims.join(" × "),
      );
    }
    return layer;
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      await this.#session.release();
    }
  }

  async #run(rows: readonly Row[], outputs: string[]): Promise<InferenceSession.OnnxValueMapType> {
    try {
      const read = this.keepsPlaces ? rows : rows.map(withoutPlaces);
      const feeds = feedsOf(this.#tensor, this.#inputTypes, read);
      const words = this.fed ? await fedRows(this.#tensor, this.fed, rows, this.file) : {};
      return await this.#session.run({ ...feeds, ...words }, outputs);
    } catch (error) {
      throw runtimeError(error, this.file);
    }
  }

  /** The outputs of each row: of its text, or of the tokens at which it is read. */
  #rowsOf(tensor: Tensor | undefined, rows: readonly Row[]): Float32Array[] {
    const [count, width] = tensor?.dims ?? [];
    const places = this.readsPlaces ? (rows[0]?.at?.length ?? 1) : 1;
    if (
      !(tensor?.data instanceof Float32Array) ||
      tensor.dims.length !== 2 ||
      count !== rows.length * places ||
      !width
    ) {
      throw new ExplainError(
        "model-unsupported",
        "The output of {0} is not one number per class. Choose a text classification model.",
        this.file,
      );
    }
    const { data } = tensor;
    if (!data.every(Number.isFinite)) {
      throw new ExplainError(
        "model-unsupported",
        "{0} gives no numbers for this text: its calculation overflows, or its weights are no numbers. Export it with 32-bit weights or choose another model.",
        this.file,
      );
    }
    return rows.map(({ chosen, against }, row) => {
      const own = data.subarray(row * places * width, (row + 1) * places * width);
      if (against) {
        return Float32Array.of(targetValue(weighedTarget(against.outputs), own));
      }
      return chosen
        ? Float32Array.from(
            Array.from({ length: places }, (_, slot) =>
              reducedOutputs(own.subarray(slot * width, (slot + 1) * width), chosen),
            ).flat(),
          )
        : own.slice();
    });
  }
}

function bytesOf({ weightBytes, fed }: ExplainableModel): number {
  return weightBytes + embeddingBytes(fed);
}

function selfAttention(maps: readonly ExposedAttention[]): ExposedAttention[] {
  const own = maps.filter((map) => map.kind === "self");
  const main = own.filter((map) => map.stream === "main");
  return (main.length > 0 ? main : own).toSorted((a, b) => a.layer - b.layer);
}

function readMaximumRows(model: ExplainableModel): number {
  const fixed = model.inputs.map(({ dims }) => dims?.[0]).find((size) => typeof size === "number");
  if (fixed === undefined) {
    return Number.MAX_SAFE_INTEGER;
  }
  if (fixed !== 1) {
    throw new ExplainError(
      "model-unsupported",
      "The model reads exactly {0} texts at once. Export it again with a dynamic batch axis.",
      String(fixed),
    );
  }
  return 1;
}

function readLogits(model: ExplainableModel): string {
  const output = logitsOutput(model.outputs);
  if (output?.elementType !== "float32") {
    throw new ExplainError(
      "model-unsupported",
      "The model has no output of 32-bit numbers that could be class logits. Choose a text classification model.",
    );
  }
  return output.name;
}
