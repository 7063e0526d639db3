import { throwIfCancelled } from "../common/errors";

/** One input of the model without padding: token ids and which text each belongs to. */
export interface Row {
  /** Vectors that are no tokens (`graph/fedEmbeddings.ts`) have ids below 0, for models that are fed embeddings. */
  readonly ids: Int32Array;
  /** The ids before any were replaced, by which a model may find where it reads, padding and positions; {@link ids} where left out. */
  readonly places?: Int32Array;
  readonly segments: Int32Array;
  /** The first position of the output so far, which a decoder is fed; what is before it is fed to its encoder. Models of one stream read all positions as one. */
  readonly outputFrom?: number;
  /** The positions whose outputs are wanted, of models that give outputs for each token; equally many in all rows that are run together. */
  readonly at?: readonly number[];
  /** Which outputs are wanted at each of these positions, beside the log-sum-exp of all others (`tasks/target.ts`); all where left out. */
  readonly chosen?: readonly number[];
  /** Another text's outputs, with which those of this row are weighed and added up to one number. */
  readonly against?: Against;
}

/** Outputs of another text, told apart from those of others by the ids that they are of. */
export interface Against {
  readonly ids: Int32Array;
  readonly outputs: Float32Array;
}

/** Runs rows of one length through the model; the logits of each row come back. */
export type Forward = (rows: readonly Row[]) => Promise<readonly Float32Array[]>;

/** Limits of a {@link Batcher}; what is left out has a default. */
export interface BatcherLimits {
  /** Rows in one run at most. */
  readonly maximumRows?: number;
  /** What a run should take, so that cancelling is quick. */
  readonly targetMilliseconds?: number;
  /** Rows of so many tokens that fit into memory at once; at least one is run. */
  readonly rowsInMemory?: (tokens: number) => number;
  /** Memory for remembered logits. */
  readonly cacheBytes?: number;
  readonly now?: () => number;
}

/** Tokens of the first run, before anything is known about the machine. */
const firstBudget = 384;
const largestBudget = 16_384;

/**
 * Evaluates rows in short runs of equal length without padding, each distinct row once, and remembers their logits.
 * The token budget of a run follows the measured speed.
 */
export class Batcher {
  readonly #forward: Forward;
  readonly #maximumRows: number;
  readonly #targetMilliseconds: number;
  readonly #rowsInMemory: (tokens: number) => number;
  readonly #cacheBytes: number;
  readonly #now: () => number;
  readonly #cache = new Map<string, Float32Array>();
  #cachedBytes = 0;
  #tokensPerMillisecond: number | null = null;
  /** Settles when the run asked for last has ended. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(forward: Forward, limits: BatcherLimits = {}) {
    this.#forward = forward;
    this.#maximumRows = limits.maximumRows ?? 1024;
    this.#rowsInMemory = limits.rowsInMemory ?? (() => Number.POSITIVE_INFINITY);
    this.#targetMilliseconds = limits.targetMilliseconds ?? 100;
    this.#cacheBytes = limits.cacheBytes ?? 32 * 2 ** 20;
    this.#now = limits.now ?? (() => performance.now());
  }

  /** Memory that remembered logits take. */
  get bytes(): number {
    return this.#cachedBytes;
  }

  /** Forgets all logits; they are computed again when asked for. */
  clear(): void {
    this.#cache.clear();
    this.#cachedBytes = 0;
  }

  /**
   * The logits of every row, in order. `onDone` hears after each run how many rows are known.
   * Rejects with `cancelled` before the next run once `signal` aborts.
   */
  async evaluate(
    rows: readonly Row[],
    signal: AbortSignal,
    onDone?: (rowsDone: number) => void,
  ): Promise<readonly Float32Array[]> {
    throwIfCancelled(signal);
    const results: Float32Array[] = new Array(rows.length);
    const waiting = new Map<string, number[]>();
    let done = 0;
    rows.forEach((row, index) => {
      const key = rowKey(row);
      const known = this.#recall(key);
      if (known) {
        results[index] = known;
        done++;
        return;
      }
      const same = waiting.get(key);
      if (same) {
        same.push(index);
      } else {
        waiting.set(key, [index]);
      }
    });
    const pending = [...waiting].sort(([, a], [, b]) => byForm(rows, a, b));
    let start = 0;
    while (start < pending.length) {
      const length = rowLength(rows, pending[start]?.[1]);
      const limit = start + this.#rowsPerRun(length);
      let end = start;
      while (end < pending.length && end < limit && byForm(rows, pending[start]?.[1], pending[end]?.[1]) === 0) {
        end++;
      }
      const batch = pending.slice(start, end);
      const logits = await this.#inTurn(
        signal,
        batch.flatMap(([, indices]) => rows[indices[0] ?? -1] ?? []),
      );
      batch.forEach(([key, indices], position) => {
        const values = logits[position] ?? new Float32Array();
        this.#remember(key, values);
        for (const index of indices) {
          results[index] = values;
        }
        done += indices.length;
      });
      onDone?.(done);
      start = end;
      throwIfCancelled(signal);
    }
    return results;
  }

  /** Runs rows after what others asked for before; rejects with `cancelled`, without running them, where `signal` has aborted by then. */
  async #inTurn(signal: AbortSignal, rows: readonly Row[]): Promise<readonly Float32Array[]> {
    const own = this.#last.then(async () => {
      throwIfCancelled(signal);
      try {
        return await this.#run(rows);
      } finally {
        // Messages, a cancellation among them, come in only between runs.
        await new Promise(setImmediate);
      }
    });
    this.#last = own.catch(() => undefined);
    return await own;
  }

  /** Rows of `length` tokens that fit into one run at the speed measured so far. */
  #rowsPerRun(length: number): number {
    const budget =
      this.#tokensPerMillisecond === null
        ? firstBudget
        : Math.min(largestBudget, this.#tokensPerMillisecond * this.#targetMilliseconds);
    const fitting = Math.min(this.#maximumRows, this.#rowsInMemory(length), budget / Math.max(1, length));
    return Math.max(1, Math.floor(fitting));
  }

  async #run(rows: readonly Row[]): Promise<readonly Float32Array[]> {
    const start = this.#now();
    const logits = await this.#forward(rows);
    const milliseconds = Math.max(0.1, this.#now() - start);
    const tokens = rows.reduce((sum, row) => sum + row.ids.length, 0);
    const measured = tokens / milliseconds;
    // A slower run counts at once, a faster one slowly: a run that is too long cannot be cancelled.
    const before = this.#tokensPerMillisecond ?? measured;
    this.#tokensPerMillisecond = measured < before ? (before + measured) / 2 : before * 0.7 + measured * 0.3;
    return logits;
  }

  #recall(key: string): Float32Array | undefined {
    const known = this.#cache.get(key);
    if (known) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
    }
    return known;
  }

  #remember(key: string, logits: Float32Array): void {
    if (!this.#cache.has(key)) {
      this.#cache.set(key, logits);
      this.#cachedBytes += entryBytes(key, logits);
    }
    for (const [oldest, values] of this.#cache) {
      if (this.#cachedBytes <= this.#cacheBytes) {
        return;
      }
      this.#cache.delete(oldest);
      this.#cachedBytes -= entryBytes(oldest, values);
    }
  }
}

function rowLength(rows: readonly Row[], indices: readonly number[] | undefined): number {
  return rows[indices?.[0] ?? -1]?.ids.length ?? 0;
}

/** Orders rows by what those of one run have alike: their length, where their output begins, and how many places they are read at. */
function byForm(rows: readonly Row[], a: readonly number[] | undefined, b: readonly number[] | undefined): number {
  const [first, second] = [rows[a?.[0] ?? -1], rows[b?.[0] ?? -1]];
  return (
    (first?.ids.length ?? 0) - (second?.ids.length ?? 0) ||
    (first?.outputFrom ?? 0) - (second?.outputFrom ?? 0) ||
    (first?.at?.length ?? 0) - (second?.at?.length ?? 0)
  );
}

/** A row whose places are those of the ids that it has. */
export function withoutPlaces({ places: _, ...row }: Row): Row {
  return row;
}

/** What tells rows apart. */
export function rowKey(row: Row): string {
  const { ids, places, segments, outputFrom, at, chosen, against } = row;
  const told = at ? `@${at.join()}${chosen ? `:${chosen.join()}` : ""}` : "";
  const read = against ? `${told}~${against.ids.join()}` : told;
  const own = segments.some((segment) => segment !== 0) ? `${ids.join()};${segments.join("")}` : ids.join();
  const placed = places?.some((id, position) => id !== ids[position]) ? `${own}|${places.join()}` : own;
  return placed + (outputFrom === undefined ? "" : `>${outputFrom}`) + read;
}

function entryBytes(key: string, logits: Float32Array): number {
  return key.length + logits.byteLength + 100;
}
