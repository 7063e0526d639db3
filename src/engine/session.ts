import { posix } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import type { Message } from "../common/message";
import { type ExplainableModel, type ExposedAttention, makeExplainable } from "../graph/explainable";
import { joinChunks } from "../graph/protobufWriter";
import type { LayerAttention } from "../methods/attentionScores";
import { ExternalReader } from "../models/externalReader";
import { fileHash } from "../models/fileHash";
import { type ModelFolder, readModelFile } from "../models/folder";
import type { Row } from "./batcher";
import { loadRuntime, runtimeError, threadCount } from "./runtime";

/** What a session gives back for one input: logits of all classes, and the asked layers' attention. */
export interface AttentionRun {
  readonly logits: Float32Array;
  readonly layers: readonly LayerAttention[];
}

const knownInputs = ["input_ids", "attention_mask", "token_type_ids"] as const;
type KnownInput = (typeof knownInputs)[number];

/** A model loaded into the runtime; the same session gives logits and attention. Not padded, so every row of a run has the same length. */
export class ModelSession {
  readonly file: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly opset: number;
  /** Names of the self-attention maps, first layer first; empty when the graph has none. */
  readonly layers: readonly string[];
  readonly attentionMissing: Message | null;
  /** Why logits differ a little from those of the file as shipped. */
  readonly differs: Message | null;
  /** Memory that the loaded model takes, roughly. */
  readonly bytes: number;
  /** SHA-256 of the model file. */
  readonly sha256: Promise<string>;
  /** Rows in one run at most: 1 for models exported with a fixed batch. */
  readonly maximumRows: number;
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;
  readonly #inputTypes: readonly { readonly name: KnownInput; readonly wide: boolean }[];
  readonly #logits: string;
  #open = true;

  private constructor(
    folder: ModelFolder,
    explainable: ExplainableModel,
    session: InferenceSession,
    tensor: typeof Tensor,
    bytes: number,
    sha256: Promise<string>,
  ) {
    this.file = folder.file;
    this.opset = explainable.opset;
    this.inputs = explainable.inputs.map((input) => input.name);
    this.outputs = explainable.outputs.map((output) => output.name);
    this.layers = selfAttention(explainable.attention).map((map) => map.name);
    this.attentionMissing = explainable.attentionMissing;
    this.differs = explainable.differs;
    this.bytes = bytes;
    this.sha256 = sha256;
    this.#session = session;
    this.#tensor = tensor;
    this.#inputTypes = readInputs(explainable);
    this.maximumRows = readMaximumRows(explainable);
    this.#logits = readLogits(explainable);
  }

  /**
   * Reads, rewrites and loads the model of a folder; `threads` 0 leaves the number to the engine. Throws an {@link ExplainError} for a file that is
   * damaged, unsafe, too large for the memory, or uses inputs or operators that are not supported.
   */
  static async load(folder: ModelFolder, threads: number): Promise<ModelSession> {
    const runtime = await loadRuntime();
    const file = await readModelFile(folder);
    const sha256 = fileHash(`${folder.directory}/${folder.file} ${folder.bytes} ${folder.modified}`, file);
    sha256.catch(() => undefined);
    const external = new ExternalReader(folder.directory, posix.dirname(folder.file));
    try {
      const explainable = makeExplainable(file, (location, offset, length) => external.read(location, offset, length));
      const bytes = joinChunks(explainable.model);
      const session = await runtime.InferenceSession.create(bytes, {
        intraOpNumThreads: threadCount(threads),
        interOpNumThreads: 1,
        graphOptimizationLevel: "all",
        logSeverityLevel: 4,
        // Threads that spin after a run would burn the processor while the person reads.
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      });
      return new ModelSession(folder, explainable, session, runtime.Tensor, 2 * bytes.length, sha256);
    } catch (error) {
      throw runtimeError(error, folder.file);
    } finally {
      external.close();
    }
  }

  /** Logits of each row; the rows must be equally long. */
  async logits(rows: readonly Row[]): Promise<Float32Array[]> {
    const length = rows[0]?.ids.length ?? 0;
    const results = await this.#run(rows, length, [this.#logits]);
    return this.#rowsOf(results[this.#logits], rows.length);
  }

  /** Logits and the attention of the layers from `first` to `end` (exclusive) on one row. */
  async attention(row: Row, first: number, end: number): Promise<AttentionRun> {
    const length = row.ids.length;
    const names = this.layers.slice(first, end);
    const results = await this.#run([row], length, [this.#logits, ...names]);
    return {
      logits: this.#rowsOf(results[this.#logits], 1)[0] ?? new Float32Array(),
      layers: names.map((name) => {
        const tensor = results[name];
        const [batch, heads, queries, keys] = tensor?.dims ?? [];
        if (!(tensor?.data instanceof Float32Array) || batch !== 1 || !heads || queries !== length || keys !== length) {
          throw new ExplainError(
            "model-unsupported",
            "The attention of {0} has the shape {1}, which is not heads × tokens × tokens. Choose another model.",
            this.file,
            (tensor?.dims ?? []).join(" × "),
          );
        }
        return { heads, queries, keys, values: tensor.data };
      }),
    };
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      await this.#session.release();
    }
  }

  async #run(rows: readonly Row[], length: number, outputs: string[]): Promise<InferenceSession.OnnxValueMapType> {
    const feeds: Record<string, Tensor> = {};
    for (const { name, wide } of this.#inputTypes) {
      feeds[name] = this.#feed(rows, length, name, wide);
    }
    try {
      return await this.#session.run(feeds, outputs);
    } catch (error) {
      throw runtimeError(error, this.file);
    }
  }

  #feed(rows: readonly Row[], length: number, name: KnownInput, wide: boolean): Tensor {
    const buffer = new ArrayBuffer(rows.length * length * (wide ? 8 : 4));
    const words = new Int32Array(buffer);
    const step = wide ? 2 : 1;
    rows.forEach((row, index) => {
      const values = name === "token_type_ids" ? row.segments : row.ids;
      const start = index * length * step;
      for (let position = 0; position < length; position++) {
        // The low word of a 64-bit number comes first on every platform there is a runtime for; ids are never negative.
        words[start + position * step] = name === "attention_mask" ? 1 : (values[position] ?? 0);
      }
    });
    const dims = [rows.length, length];
    return wide
      ? new this.#tensor("int64", new BigInt64Array(buffer), dims)
      : new this.#tensor("int32", new Int32Array(buffer), dims);
  }

  #rowsOf(tensor: Tensor | undefined, rows: number): Float32Array[] {
    const [batch, classes] = tensor?.dims ?? [];
    if (!(tensor?.data instanceof Float32Array) || tensor.dims.length !== 2 || batch !== rows || !classes) {
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
        "{0} gives no numbers for this text: its calculation overflows. Export it with 32-bit weights or choose another model.",
        this.file,
      );
    }
    return Array.from({ length: rows }, (_, row) => data.slice(row * classes, (row + 1) * classes));
  }
}

function selfAttention(maps: readonly ExposedAttention[]): ExposedAttention[] {
  const own = maps.filter((map) => map.kind === "self");
  const main = own.filter((map) => map.stream === "main");
  return (main.length > 0 ? main : own).toSorted((a, b) => a.layer - b.layer);
}

function readInputs(model: ExplainableModel): { name: KnownInput; wide: boolean }[] {
  const read = model.inputs.map(({ name, elementType, dims }) => {
    const known = knownInputs.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new ExplainError(
        "model-unsupported",
        "The model wants the input {0}, which this version does not give. Choose a model that reads input_ids.",
        name.slice(0, 80),
      );
    }
    if (elementType !== "int64" && elementType !== "int32") {
      throw new ExplainError(
        "model-unsupported",
        "The model wants {0} as {1}, not as whole numbers. Export it again.",
        name,
        elementType,
      );
    }
    const length = dims?.[1];
    if (dims && (dims.length !== 2 || typeof length === "number")) {
      throw new ExplainError(
        "model-unsupported",
        "The model reads texts of one fixed length only. Export it again with a dynamic sequence axis.",
      );
    }
    return { name: known, wide: elementType === "int64" };
  });
  if (!read.some(({ name }) => name === "input_ids")) {
    throw new ExplainError("model-unsupported", "The model has no input input_ids. Choose a model that reads text.");
  }
  return read;
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
  const output = model.outputs.find(({ name }) => name === "logits") ?? model.outputs[0];
  if (output?.elementType !== "float32") {
    throw new ExplainError(
      "model-unsupported",
      "The model has no output of 32-bit numbers that could be class logits. Choose a text classification model.",
    );
  }
  return output.name;
}
