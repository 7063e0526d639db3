import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import { type InsideKind, type InsideModel, makeInside } from "../graph/insideModel";
import { type Row, withoutPlaces } from "./batcher";
import { fedRows } from "./fedWords";
import { mostPacked } from "./gradientSession";
import { embeddingBytes, type LoadedSession, loadRewritten } from "./modelLoading";
import type { ModelParts } from "./modelParts";
import { runtimeError, type WeightUse } from "./runtime";
import type { ModelSession } from "./session";
import { feedsOf, readInputs, type TokenInput } from "./tokenInputs";

/** How an {@link InsideSession} is made. */
export interface InsideOptions {
  readonly threads: number;
  readonly kind: InsideKind;
  /** Hears how many bytes it will take, and how many more only while it is loaded, before it takes them; what it returns is called when it is loaded. */
  readonly makeRoom?: (bytes: number, loading: number) => Promise<() => void>;
}

/** Numbers that a run is fed, or gives back. */
export interface InsideNumbers {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** A model loaded once more, rewritten for looking into its blocks in one way. */
export class InsideSession {
  /** The names of what it is fed and what it gives. */
  readonly names: Pick<
    InsideModel,
    "states" | "maps" | "places" | "weights" | "values" | "left" | "attended" | "isAll" | "seed" | "logits"
  >;
  /** Memory that it takes, roughly; not counting runs. */
  readonly bytes: number;
  readonly #parts: ModelParts;
  readonly #rewritten: Pick<InsideModel, "fed" | "runBytes">;
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;
  readonly #inputs: readonly TokenInput[];
  readonly #isMapped: boolean;

  private constructor(model: ModelSession, { rewritten, session, tensor, use }: LoadedSession<InsideModel>) {
    const { states, maps, places, weights, values, left, attended, isAll, seed, logits, runBytes } = rewritten;
    this.names = { states, maps, places, weights, values, left, attended, isAll, seed, logits };
    this.bytes = heldBytes(model, rewritten, use);
    this.#parts = model.parts;
    this.#rewritten = { fed: shares(model, rewritten) ? model.fed : rewritten.fed, runBytes };
    this.#session = session;
    this.#tensor = tensor;
    this.#inputs = readInputs(rewritten.inputs);
    this.#isMapped = use === "mapped" && rewritten.leftBytes > 0;
  }

  /** Rewrites a loaded model once more. Throws `method-unavailable` for what was not found in its graph, and `operator-unsupported` where an operator has no gradient rule. */
  static async load(model: ModelSession, { threads, kind, makeRoom }: InsideOptions): Promise<InsideSession> {
    const loaded = await loadRewritten(model.parts, threads, ({ graph }) => makeInside(graph, model.logitsName, kind), {
      // Blocks and changed attention are run for every token: packed weights, which are faster, pay there.
      mostPacked: kind === "blocks" || kind === "maps" ? Number.POSITIVE_INFINITY : mostPacked,
      prepare: async (rewritten, use, loading) =>
        (await makeRoom?.(heldBytes(model, rewritten, use), loading)) ?? (() => undefined),
    });
    return new InsideSession(model, loaded);
  }

  /** Memory that a run of so many rows takes beside {@link bytes}, roughly. */
  runBytes(rows: number, tokens: number): number {
    return this.#rewritten.runBytes(rows, tokens);
  }

  /** Runs so many copies of a row; `more` is fed beside the tokens. Gives the outputs in the order of their names. */
  async run(
    row: Row,
    copies: number,
    more: ReadonlyMap<string, InsideNumbers>,
    outputs: readonly string[],
  ): Promise<readonly InsideNumbers[]> {
    const { file } = this.#parts.folder;
    const { fed } = this.#rewritten;
    const rows = Array.from({ length: copies }, () => row);
    let results: InferenceSession.OnnxValueMapType;
    try {
      // Reading from a file that was cut off would end the process.
      this.#checkFile();
      const read = !fed || fed.isAll ? rows : rows.map(withoutPlaces);
      const feeds = feedsOf(this.#tensor, this.#inputs, read);
      if (fed) {
        Object.assign(feeds, await fedRows(this.#tensor, fed, rows, file));
      }
      for (const [name, { dims, data }] of more) {
        feeds[name] = new this.#tensor("float32", data, [...dims]);
      }
      results = await this.#session.run(feeds, [...outputs]);
      // Numbers from a file that was written meanwhile would be of no model at all.
      this.#checkFile();
    } catch (error) {
      throw runtimeError(error, file);
    }
    return outputs.map((name) => ({ dims: results[name]?.dims ?? [], data: finiteNumbers(results[name], file) }));
  }

  /** Frees the memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }

  #checkFile(): void {
    if (this.#isMapped) {
      this.#parts.files.checkUnchanged();
    }
  }
}

/** The numbers of what a run inside the model of a file gave. Throws `model-unsupported` where they are no numbers. */
export function finiteNumbers(result: Tensor | undefined, file: string): Float32Array {
  const data = result?.data;
  if (!(data instanceof Float32Array) || !data.every(Number.isFinite)) {
    throw new ExplainError(
      "model-unsupported",
      "What happens inside {0} cannot be shown for this text: its calculation overflows or has an unexpected shape. Choose another method.",
      file,
    );
  }
  return data;
}

/** Whether both read the same table of word embeddings. */
function shares({ fed }: ModelSession, rewritten: InsideModel): boolean {
  return fed?.table === rewritten.fed?.table;
}

/** Memory for weights, which are read where they lie if they are mapped, and for word embeddings of its own. */
function heldBytes(model: ModelSession, rewritten: InsideModel, use: WeightUse): number {
  const { weightBytes, leftBytes, fed } = rewritten;
  const weights = use === "packed" ? weightBytes : weightBytes - leftBytes;
  return weights + (shares(model, rewritten) ? 0 : embeddingBytes(fed));
}
