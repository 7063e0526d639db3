import { type Beat, beatMilliseconds, parseBeat } from "../common/engineBeat";

/** How patient a {@link LifeWatch} is. */
export interface Patience {
  /** How long the main thread may be held up by cancelled requests alone. */
  readonly graceMilliseconds: number;
  /** How long the process may give no sign of life while a request waits; before the first sign three times as long. */
  readonly silenceMilliseconds: number;
}

/** A request that the engine has not answered. */
export interface WaitingRequest {
  /** Counts from 1 in the order in which requests were sent. */
  readonly number: number;
  /** Whether somebody waits for the answer: not after it was cancelled. */
  readonly wanted: boolean;
}

const ticks = 10;

/**
 * Judges by its beats whether an engine process has to be ended.
 *
 * Held up: the main thread has not turned for the whole grace time, and of the requests that it has begun those unanswered are all cancelled. A request that is
 * wanted and was begun may be the very one that has the thread, so that nothing is ended for as long as it runs; one that came later waits for the
 * cancelled ones, at most the grace time.
 *
 * Stopped: no beat came while a request waited. That is counted in turns of the host's own timer, so that neither a sleeping machine nor a busy host is taken for
 * a stopped engine.
 */
export class LifeWatch {
  readonly #patience: Patience;
  readonly #waiting: Iterable<WaitingRequest>;
  readonly #onVerdict: (verdict: "unresponsive" | "stopped") => void;
  #timer: NodeJS.Timeout | undefined;
  #turns = -1;
  #beatsHeldUp = 0;
  #silentTicks = 0;
  #everBeat = false;
  #answered = false;
  #line = "";

  /** `waiting` is looked at with every beat; `onVerdict` hears what the process is to be ended for. */
  constructor(
    patience: Patience,
    waiting: Iterable<WaitingRequest>,
    onVerdict: (verdict: "unresponsive" | "stopped") => void,
  ) {
    this.#patience = patience;
    this.#waiting = waiting;
    this.#onVerdict = onVerdict;
  }

  /** Starts to wait for signs of life; without effect while it does. */
  start(): void {
    if (!this.#timer) {
      this.#silentTicks = 0;
      this.#timer = setInterval(() => this.#tick(), this.#patience.silenceMilliseconds / ticks);
    }
  }

  /** Ends waiting for signs of life. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Takes what came through the pipe for beats. */
  hear(text: string): void {
    const lines = `${this.#line}${text}`.split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      this.#beat(parseBeat(line));
    }
  }

  /** Takes an answer for a sign of life: where the pipe does not work, nothing is known of beats. */
  hearAnswer(): void {
    this.#answered = true;
  }

  #beat({ turns, requests }: Beat): void {
    this.#everBeat = true;
    this.#silentTicks = 0;
    const begun = [...this.#waiting].filter(({ number }) => number <= requests);
    const heldUp = turns === this.#turns && begun.length > 0 && !begun.some(({ wanted }) => wanted);
    this.#turns = turns;
    this.#beatsHeldUp = heldUp ? this.#beatsHeldUp + 1 : 0;
    if (heldUp && this.#beatsHeldUp * beatMilliseconds >= this.#patience.graceMilliseconds) {
      this.#onVerdict("unresponsive");
    }
  }

  #tick(): void {
    this.#silentTicks++;
    const isStopped = this.#everBeat ? this.#silentTicks > ticks : !this.#answered && this.#silentTicks > 3 * ticks;
    if (isStopped) {
      this.#onVerdict("stopped");
    }
  }
}
