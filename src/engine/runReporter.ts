import type { ExplainProgress } from "../common/engineProtocol";
import type { Explanation } from "../common/explanation";

const partialInterval = 200;
const progressInterval = 100;
/** A shorter time left is over before it is read, in milliseconds. */
const leastRemaining = 1000;

/** Tells the host how far a run is: progress at most ten times a second, snapshots at most five times. */
export class RunReporter {
  readonly #send: (progress: ExplainProgress) => void;
  readonly #now: () => number;
  #phase: ExplainProgress["phase"] = "loading";
  #total = 0;
  #phaseStart = 0;
  #lastProgress = Number.NEGATIVE_INFINITY;
  #lastPartial = Number.NEGATIVE_INFINITY;

  constructor(send: (progress: ExplainProgress) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** A phase begins; `total` evaluations are planned, 0 where unknown. */
  phase(phase: ExplainProgress["phase"], total: number): void {
    this.#phase = phase;
    this.#total = total;
    this.#phaseStart = this.#now();
    this.#emit(0, null);
  }

  /** `done` evaluations of the phase are done; dropped when the last report was a moment ago. */
  progress(done: number): void {
    if (this.#now() - this.#lastProgress >= progressInterval) {
      this.#emit(done, null);
    }
  }

  /** A language model has written so many tokens; dropped when the last report was a moment ago. */
  written(steps: readonly { readonly text: string }[]): void {
    if (this.#now() - this.#lastProgress >= progressInterval) {
      this.#emit(steps.length, null, steps.map(({ text }) => text).join(""));
    }
  }

  /** Whether a snapshot would be sent now. */
  get wantsPartial(): boolean {
    return this.#now() - this.#lastPartial >= partialInterval;
  }

  /** Sends a snapshot. */
  partial(done: number, snapshot: Explanation): void {
    this.#lastPartial = this.#now();
    this.#emit(done, snapshot);
  }

  #emit(done: number, partial: Explanation | null, written?: string): void {
    const now = this.#now();
    this.#lastProgress = now;
    const remaining = done > 0 && this.#total > 0 ? ((now - this.#phaseStart) / done) * (this.#total - done) : null;
    this.#send({
      phase: this.#phase,
      done,
      total: this.#total,
      remainingMilliseconds: remaining !== null && remaining >= leastRemaining ? remaining : null,
      ...(written === undefined ? {} : { written }),
      partial,
    });
  }
}
