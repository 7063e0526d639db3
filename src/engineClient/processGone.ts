/** Why an engine process is gone: it died by itself, sat idle, was killed because a cancelled request did not end, or was disposed. */
export type ExitCause = "crashed" | "idle" | "unresponsive" | "disposed";

/** Thrown by requests of a process that is gone. */
export class ProcessGone extends Error {
  constructor(
    readonly exitCause: ExitCause,
    /** Whether it ever answered. */
    readonly started: boolean,
    /** The end of what it wrote to its outputs. */
    readonly lastWords: string,
  ) {
    super(`engine process gone: ${exitCause}`);
  }
}
