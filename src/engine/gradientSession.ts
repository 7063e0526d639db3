import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError, throwIfCancelled } from "../common/errors";
import { type DifferentiableModel, makeDifferentiable } from "../graph/differentiable";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import type { EmbeddedTarget, PointGradient } from "../methods/embedded";
import { type Target, targetSeed, targetValue, weighedTarget } from "../tasks/target";
import { type Row, withoutPlaces } from "./batcher";
import { embeddingsOf, type FedPart, fedParts, fedPoints, outputStart } from "./fedWords";
import { embeddingBytes, type LoadedSession, loadRewritten } from "./modelLoading";
import type { ModelParts } from "./modelParts";
import { runtimeError, type WeightUse } from "./runtime";
import type { ModelSession } from "./session";
import { feedsOf, readInputs, type TokenInput } from "./tokenInputs";

/**
 * Tokens of one run, few enough that cancelling is quick. The same on every machine and in every run: how many rows are computed together changes the last
 * digits of each.
 */
const tokensPerRun = 128;

/**
 * Weights of more bytes together are read where they lie by default: a backward pass reads each matrix turned as well, so that packing takes twice their memory. Windows
 * lets nobody replace a file that is read so.
 */
export const mostPacked = process.platform === "win32" ? Number.POSITIVE_INFINITY : 2 ** 27;

/** How a {@link GradientSession} is made. */
export interface GradientOptions {
  readonly threads: number;
  /** How many logits a row has, or each token of it at which outputs are read. */
  readonly classes: number;
  /** The rules of the backward pass; those of the gradient by default. */
  readonly rules?: RuleSetName;
  /** Weights of more bytes together are read where they lie. */
  readonly mostPacked?: number;
  /** Hears how many bytes it will take, and how many more only while it is loaded, before it takes them; what it returns is called when it is loaded. */
  readonly makeRoom?: (bytes: number, loading: number) => Promise<() => void>;
}

/** A model loaded with its backward pass: logits, and gradients with respect to word embeddings. */
export class GradientSession {
  readonly #parts: ModelParts;
  readonly #model: Omit<DifferentiableModel, "model" | "inputs" | "weightBytes" | "leftBytes">;
  /** Memory that it takes, roughly; not counting runs. */
  readonly bytes: number;
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;
  readonly #inputs: readonly TokenInput[];
  readonly #maximumRows: number;
  readonly #classes: number;
  /** Bytes of weights that runs read in the model's file; the system can take their memory back. */
  readonly #mapped: number;

  private constructor(
    model: ModelSession,
    { rewritten, session, tensor, use }: LoadedSession<DifferentiableModel>,
    { classes }: GradientOptions,
  ) {
    const { parts, maximumRows } = model;
    const { model: _, inputs, weightBytes: __, leftBytes, fed, ...rest } = rewritten;
    const shared = shares(model, rewritten) ? model.fed : null;
    this.bytes = heldBytes(rewritten, use) + (shared ? 0 : embeddingBytes(fed));
    this.#mapped = use === "mapped" ? leftBytes : 0;
    this.#parts = parts;
    this.#model = { ...rest, fed: shared ?? fed };
    this.#session = session;
    this.#tensor = tensor;
    this.#inputs = readInputs(inputs);
    this.#maximumRows = maximumRows;
    this.#classes = classes;
  }

  /**
   * Rewrites a loaded model once more, this time with the backward pass of its logits by a rule set. Throws an
   * {@link ExplainError}, `operator-unsupported` where an operator has no gradient rule.
   */
  static async load(model: ModelSession, options: GradientOptions): Promise<GradientSession> {
    const loaded = await loadRewritten(
      model.parts,
      options.threads,
      ({ graph }) => makeDifferentiable(graph, model.logitsName, options.rules),
      {
        mostPacked: options.mostPacked ?? mostPacked,
        prepare: async (rewritten, use, loading) => {
          const embeddings = shares(model, rewritten) ? 0 : embeddingBytes(rewritten.fed);
          return (await options.makeRoom?.(heldBytes(rewritten, use) + embeddings, loading)) ?? (() => undefined);
        },
      },
    );
    return new GradientSession(model, loaded, options);
  }

  /** Memory that its largest run on a row of so many tokens takes beside {@link bytes}, roughly. */
  runBytes(tokens: number): number {
    return this.#model.runBytes(this.#model.references ? 1 : this.#rowsPerRun(tokens), tokens);
  }

  /** The target on a row as a function of its word embeddings, of which a session that compares is asked for two points at once, text and reference, whose gradients are the same; `baseline` has the ids of the text without content, the row's own at tokens that stay. `content` is 1 for the text's own tokens. */
  async target(
    row: Row,
    target: Pick<Target, "reads">,
    content: Uint8Array,
    baseline: Int32Array,
  ): Promise<EmbeddedTarget> {
    const { fed } = this.#model;
    const from = outputStart([row]);
    const own = row.against ? weighedTarget(row.against.outputs) : target;
    return {
      width: fed.width,
      input: await embeddingsOf(fed, row.ids, from),
      baseline: await embeddingsOf(fed, baseline, from),
      content,
      pointsPerRun: this.#rowsPerRun(row.ids.length),
      gradients: (points, signal, onDone) => this.#gradients(row, own, points, signal, onDone),
    };
  }

  /** Frees the memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }

  async #gradients(
    row: Row,
    target: Pick<Target, "reads">,
    points: readonly Float32Array[],
    signal: AbortSignal,
    onDone?: (pointsDone: number) => void,
  ): Promise<PointGradient[]> {
    const length = row.ids.length;
    const found: PointGradient[] = [];
    while (found.length < points.length) {
      throwIfCancelled(signal);
      const count = this.#model.references ? points.length : this.#rowsPerRun(length);
      const part = points.slice(found.length, found.length + count);
      found.push(...(await this.#run(row, target, part)));
      onDone?.(found.length);
      // Messages, a cancellation among them, come in only between runs.
      await new Promise(setImmediate);
    }
    throwIfCancelled(signal);
    return found;
  }

  #rowsPerRun(tokens: number): number {
    return Math.max(1, Math.min(this.#maximumRows, Math.floor(tokensPerRun / tokens)));
  }

  async #run(row: Row, target: Pick<Target, "reads">, points: readonly Float32Array[]): Promise<PointGradient[]> {
    const { fed, logits, gradient, outputGradient, absorbed, references } = this.#model;
    const parts = fedParts(fed, row.ids.length, outputStart([row]));
    const [texts, others] = references ? [points.slice(0, 1), points.slice(1)] : [points, []];
    const results = await this.#results(row, target, texts, { parts, others });
    const classes = this.#classes * (row.at?.length ?? 1);
    const names = others.length > 0 ? [logits, references?.get(logits) ?? ""] : [logits];
    const outputs = names.map((name) => numbersOf(results[name], texts.length * classes));
    const slopes = parts.map((part) => {
      const size = (part.end - part.start) * fed.width;
      const name = part.stream === fed.output ? outputGradient : gradient;
      return { ...part, size, found: numbersOf(results[name ?? ""], texts.length * size) };
    });
    const values = outputs.flatMap((found) =>
      texts.map((_, at) => found && targetValue(target, found.subarray(at * classes, (at + 1) * classes))),
    );
    if (values.includes(null) || slopes.some(({ found }) => !found)) {
      throw new ExplainError(
        "model-unsupported",
        "{0} gives no gradients for this text: its calculation overflows or has an unexpected shape. Choose another method.",
        this.#parts.folder.file,
      );
    }
    const numberOf = (name: string) => Number(results[name]?.data[0] ?? Number.NaN);
    // They are sums over the rows of a run.
    const shared =
      absorbed && points.length === 1
        ? { absorbed: { biases: numberOf(absorbed.biases), places: numberOf(absorbed.places) } }
        : {};
    return points.map((_, index) => ({
      ...shared,
      value: values[index] ?? Number.NaN,
      gradient: gathered(slopes, Math.min(index, texts.length - 1), row.ids.length * fed.width),
    }));
  }

  /** One run on some points, and on what each is compared with. */
  async #results(
    row: Row,
    target: Pick<Target, "reads">,
    points: readonly Float32Array[],
    { parts, others }: { readonly parts: readonly FedPart[]; readonly others: readonly Float32Array[] },
  ): Promise<InferenceSession.OnnxValueMapType> {
    const { fed, seed, references } = this.#model;
    const places = row.at?.length ?? 1;
    const own = targetSeed(target, this.#classes * places);
    const seeds = new Float32Array(points.length * own.length);
    for (let at = 0; at < seeds.length; at += own.length) {
      seeds.set(own, at);
    }
    const read = fed.isAll ? row : withoutPlaces(row);
    const compared = parts.map((part) => ({
      ...part,
      stream: { ...part.stream, name: references?.get(part.stream.name) ?? "" },
    }));
    try {
      // Reading from a file that was cut off would end the process.
      this.#checkFile();
      const results = await this.#session.run({
        ...feedsOf(
          this.#tensor,
          this.#inputs,
          points.map(() => read),
        ),
        ...fedPoints(this.#tensor, points, parts),
        ...(others.length > 0 ? fedPoints(this.#tensor, others, compared) : {}),
        [seed]: new this.#tensor("float32", seeds, [points.length * places, this.#classes]),
      });
      // Numbers from a file that was written meanwhile would be of no model at all.
      this.#checkFile();
      return results;
    } catch (error) {
      throw runtimeError(error, this.#parts.folder.file);
    }
  }

  #checkFile(): void {
    if (this.#mapped > 0) {
      this.#parts.files.checkUnchanged();
    }
  }
}

/** So many finite numbers of an output, if it has them. */
function numbersOf(tensor: Tensor | undefined, count: number): Float32Array | null {
  const data = tensor?.data;
  return data instanceof Float32Array && data.length === count && data.every(Number.isFinite) ? data : null;
}

interface Slopes extends FedPart {
  /** How many numbers one point has. */
  readonly size: number;
  readonly found: Float32Array | null;
}

/** The gradient of one point with respect to the embeddings at all positions; what a model looks up itself has zeros. */
function gathered(parts: readonly Slopes[], point: number, length: number): Float32Array {
  const all = new Float32Array(length);
  for (const { stream, start, size, found } of parts) {
    all.set(found?.subarray(point * size, (point + 1) * size) ?? [], start * stream.width);
  }
  return all;
}

/** Whether both read the same table of word embeddings. */
function shares({ fed }: ModelSession, rewritten: DifferentiableModel): boolean {
  return fed?.table === rewritten.fed.table;
}

/** Memory for weights: packed ones are there as they are and turned, mapped ones are read where they lie. */
function heldBytes({ weightBytes, leftBytes }: DifferentiableModel, use: WeightUse): number {
  return use === "packed" ? 2 * weightBytes : weightBytes - leftBytes;
}
