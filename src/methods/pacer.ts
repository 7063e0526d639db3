import { throwIfCancelled } from "../common/errors";

const turnMilliseconds = 25;

/** Cuts long computing into short turns, so that the process still hears of a cancellation. */
export class Pacer {
  readonly #signal: AbortSignal;
  #turnStart = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether this turn has lasted long enough; ask in loops, at least every few milliseconds. */
  due(): boolean {
    return performance.now() - this.#turnStart > turnMilliseconds;
  }

  /** Lets the event loop run once; rejects with the `cancelled` `ExplainError` if the signal was aborted. */
  async rest(): Promise<void> {
    throwIfCancelled(this.#signal);
    await new Promise<void>((resolve) => setImmediate(resolve));
    throwIfCancelled(this.#signal);
    this.#turnStart = performance.now();
  }
}
