import { throwIfCancelled } from "../common/errors";
import type { LayerAttention } from "../methods/attentionScores";
import type { Row } from "./batcher";

/** Attention of all layers on one input, first layer first. */
export interface FullAttention {
  readonly logits: Float32Array;
  readonly layers: readonly LayerAttention[];
}

/** Gives logits and the attention of the layers from `first` to `end` (exclusive). */
export type AttentionForward = (
  row: Row,
  first: number,
  end: number,
) => Promise<{ readonly logits: Float32Array; readonly layers: readonly LayerAttention[] }>;

/** Bytes of attention that one run may give back; more layers are fetched in further runs. */
const bytesPerRun = 128 * 2 ** 20;

/** Inputs that are remembered at most: those of a few texts, each in its windows. */
const rememberedInputs = 64;

/** Computes attention and remembers the inputs looked at last, up to a number of bytes. */
export class AttentionRuns {
  readonly #forward: AttentionForward;
  readonly #layers: number;
  readonly #heads: number;
  readonly #cacheBytes: number;
  readonly #cache = new Map<string, FullAttention>();

  constructor(forward: AttentionForward, layers: number, heads: number, cacheBytes = 192 * 2 ** 20) {
    this.#forward = forward;
    this.#layers = layers;
    this.#heads = heads;
    this.#cacheBytes = cacheBytes;
  }

  /** The attention of every layer on one input; rejects with `cancelled` between runs. */
  async get(row: Row, signal: AbortSignal): Promise<FullAttention> {
    const key = `${row.ids.join()};${row.segments.join("")}`;
    const known = this.#cache.get(key);
    if (known) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known;
    }
    const layerBytes = 4 * this.#heads * row.ids.length ** 2;
    const layersPerRun = Math.max(1, Math.floor(bytesPerRun / layerBytes));
    const layers: LayerAttention[] = [];
    let logits = new Float32Array();
    for (let first = 0; first < this.#layers; first += layersPerRun) {
      throwIfCancelled(signal);
      const run = await this.#forward(row, first, Math.min(this.#layers, first + layersPerRun));
      layers.push(...run.layers);
      logits = Float32Array.from(run.logits);
      await new Promise(setImmediate);
    }
    const attention = { logits, layers };
    this.#cache.set(key, attention);
    this.#shrink();
    return attention;
  }

  #shrink(): void {
    let bytes = 0;
    for (const [age, [key, attention]] of [...this.#cache].reverse().entries()) {
      bytes += attention.layers.reduce((sum, layer) => sum + layer.values.byteLength, 0);
      if (age > 0 && (bytes > this.#cacheBytes || age >= rememberedInputs)) {
        this.#cache.delete(key);
      }
    }
  }
}
