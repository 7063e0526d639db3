import type { ExplainProgress } from "../common/engineProtocol";
import { formatDuration } from "../common/format";
import { fill, phaseName } from "../common/words";

/** Where progress goes: standard error, when it is a terminal. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line on a terminal that says what is being done, and goes away at the end. */
export class ProgressLine {
  readonly #stream: ProgressStream | null;
  #shown = false;

  /** With `quiet`, or without a terminal, nothing is ever written. */
  constructor(stream: ProgressStream, quiet: boolean) {
    this.#stream = stream.isTTY === true && !quiet ? stream : null;
  }

  /** Shows a run's progress; `prefix` says which text of several it is. */
  show(progress: ExplainProgress, prefix: string): void {
    const { phase, done, total, remainingMilliseconds } = progress;
    const count = total > 0 && done > 0 ? ` ${done}/${total}` : "";
    const remaining =
      remainingMilliseconds === null || done === 0 ? "" : `, ${formatDuration(remainingMilliseconds)} left`;
    this.say(`${prefix}${phaseName(phase, fill)}${count}${remaining}`);
  }

  /** Shows words of any kind. */
  say(words: string): void {
    this.#stream?.write(`\r\x1b[K${words}`);
    this.#shown = true;
  }

  /** Removes the line. */
  clear(): void {
    if (this.#shown) {
      this.#stream?.write("\r\x1b[K");
      this.#shown = false;
    }
  }
}
