import type { InferenceSession, Tensor } from "onnxruntime-node";
import { type DistanceKind, distanceNames, makeDistances } from "../graph/distances";
import { joinChunks } from "../graph/protobufWriter";
import type { AttendedBlock, Brought } from "../methods/inside";
import { finiteNumbers } from "./insideSession";
import { loadRuntime, runtimeError, sessionOptions } from "./runtime";

/** The graph of `graph/distances.ts`, loaded. */
export class DistanceSession {
  /** Memory that its constants take; not counting runs. */
  readonly bytes: number;
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;
  readonly #file: string;

  private constructor(file: string, bytes: number, session: InferenceSession, tensor: typeof Tensor) {
    this.#file = file;
    this.bytes = bytes;
    this.#session = session;
    this.#tensor = tensor;
  }

  /** Loads the graph of a kind; errors name the `file` of the model. */
  static async load(kind: DistanceKind, file: string, threads: number): Promise<DistanceSession> {
    const { InferenceSession, Tensor } = await loadRuntime();
    const { model, weightBytes } = makeDistances(kind);
    try {
      const session = await InferenceSession.create(joinChunks(model), sessionOptions(threads));
      return new DistanceSession(file, weightBytes, session, Tensor);
    } catch (error) {
      throw runtimeError(error, file);
    }
  }

  /** Memory that a run takes beside {@link bytes}, roughly. */
  runBytes({ heads, result: { width } }: AttendedBlock, { first, end, left }: Brought): number {
    // Of what tokens bring at most three forms are there at once, and at most two of what is left.
    const rows = (end - first) * (3 * (heads + 1) * width + 2 * left.length);
    return Float32Array.BYTES_PER_ELEMENT * rows;
  }

  /** What {@link InsideTarget.distances} gives. */
  async run(block: AttendedBlock, { first, end, left, shares }: Brought): Promise<Float32Array> {
    const { heads, weights, normalisation, reads } = block;
    const { width } = reads;
    const [keys, size] = [end - first, weights.length / (heads * width)];
    const feeds: Record<string, Tensor> = {};
    const feed = (name: keyof typeof distanceNames, data: Float32Array, ...dims: readonly number[]) => {
      feeds[distanceNames[name]] = new this.#tensor("float32", data, dims);
    };
    feed("vectors", vectorsOf(block, first, end), heads, keys, size);
    feed("weights", weights, heads, size, width);
    feed("own", reads.values.subarray(first * width, end * width), keys, 1, width);
    feed("shares", shares, keys, left.length / width, heads + 1);
    feed("left", left, left.length / width, width);
    if (normalisation) {
      feed("scale", normalisation.scale, width);
    }
    try {
      const results = await this.#session.run(feeds);
      return finiteNumbers(results[distanceNames.distances], this.#file);
    } catch (error) {
      throw runtimeError(error, this.#file);
    }
  }

  /** Frees the memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Value vectors of some tokens, [heads, keys, size]. */
function vectorsOf(
  { heads, vectors, reads: { width, values } }: AttendedBlock,
  first: number,
  end: number,
): Float32Array {
  const tokens = values.length / width;
  const size = vectors.length / (heads * tokens);
  const result = new Float32Array(heads * (end - first) * size);
  for (let head = 0; head < heads; head++) {
    const start = head * tokens;
    result.set(vectors.subarray((start + first) * size, (start + end) * size), head * (end - first) * size);
  }
  return result;
}
