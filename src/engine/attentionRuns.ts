import { throwIfCancelled } from "../common/errors";
import type { HeadMatrix } from "../common/look";
import type { LayerAttention } from "../methods/attentionScores";
import { Pacer } from "../methods/pacer";
import { rolloutMatrix } from "./attentionViews";
import { type Row, rowKey } from "./batcher";

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
/** Inputs remembered at most: a person looks at a few texts, while thousands may be explained in a row. */
const mostInputs = 16;
const mostBytes = 192 * 2 ** 20;

interface Kept {
  readonly attention: FullAttention;
  rollout?: HeadMatrix;
}

/** Bytes of attention of so many heads on an input of so many tokens. */
export function attentionBytes(heads: number, tokens: number): number {
  return Float32Array.BYTES_PER_ELEMENT * heads * tokens ** 2;
}

/** Computes attention, and rollout through it, and remembers those of the inputs looked at last, up to a number of bytes. */
export class AttentionRuns {
  readonly #forward: AttentionForward;
  readonly #layers: number;
  readonly #heads: number;
  readonly #cacheBytes: number;
  readonly #cache = new Map<string, Kept>();
  /** Ends when what was asked for before has its attention. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(forward: AttentionForward, layers: number, heads: number, cacheBytes = mostBytes) {
    this.#forward = forward;
    this.#layers = layers;
    this.#heads = heads;
    this.#cacheBytes = cacheBytes;
  }

  /** Memory that what is remembered takes. */
  get bytes(): number {
    return [...this.#cache.values()].reduce((sum, kept) => sum + bytesOf(kept), 0);
  }

  /** The attention of every layer on one input; rejects with `cancelled` between runs. */
  async get(row: Row, signal: AbortSignal): Promise<FullAttention> {
    return (await this.#kept(row, signal)).attention;
  }

  /** Rollout through all layers on one input; rejects with `cancelled` soon after `signal` aborts. */
  async rollout(row: Row, signal: AbortSignal): Promise<HeadMatrix> {
    const kept = await this.#kept(row, signal);
    kept.rollout ??= await rolloutMatrix(kept.attention.layers, new Pacer(signal));
    this.#shrink();
    return kept.rollout;
  }

  /** Forgets everything; it is computed again when asked for. */
  clear(): void {
    this.#cache.clear();
  }

  async #kept(row: Row, signal: AbortSignal): Promise<Kept> {
    const key = rowKey(row);
    const known = this.#cache.get(key);
    if (known) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known;
    }
    const layerBytes = attentionBytes(this.#heads, row.ids.length);
    const layersPerRun = Math.max(1, Math.floor(bytesPerRun / layerBytes));
    const layers: LayerAttention[] = [];
    let logits = new Float32Array();
    for (let first = 0; first < this.#layers; first += layersPerRun) {
      const run = await this.#inTurn(signal, () =>
        this.#forward(row, first, Math.min(this.#layers, first + layersPerRun)),
      );
      layers.push(...run.layers);
      logits = Float32Array.from(run.logits);
    }
    const kept = { attention: { logits, layers } };
    this.#cache.set(key, kept);
    this.#shrink();
    return kept;
  }

  /** Runs after what others asked for before: a run that has begun cannot be cancelled, so none begins that nobody wants any more. */
  async #inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      throwIfCancelled(signal);
      try {
        return await work();
      } finally {
        // Messages, a cancellation among them, come in only between runs.
        await new Promise(setImmediate);
      }
    });
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  #shrink(): void {
    let [bytes, inputs] = [0, 0];
    for (const [key, kept] of [...this.#cache].reverse()) {
      bytes += bytesOf(kept);
      inputs++;
      if (inputs > 1 && (bytes > this.#cacheBytes || inputs > mostInputs)) {
        this.#cache.delete(key);
      }
    }
  }
}

function bytesOf({ attention, rollout }: Kept): number {
  return attention.layers.reduce((sum, { values }) => sum + values.byteLength, rollout?.values.byteLength ?? 0);
}
