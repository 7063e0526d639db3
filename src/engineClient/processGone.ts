/**
 * Why an engine process is gone: it died by itself or was killed by another, sat idle, was killed because a cancelled request held it up, was killed
 * because it gave no sign of life, or was disposed.
 */
export type ExitCause = "crashed" | "idle" | "unresponsive" | "stopped" | "disposed";

/** How an engine process ended. */
export interface Ending {
  readonly exitCause: ExitCause;
  /** Whether it ever answered. */
  readonly started: boolean;
  /** Whether a signal ended it, as when another process or the system kills it. */
  readonly signalled: boolean;
  /** The end of what it wrote to its outputs. */
  readonly lastWords: string;
}

/** Thrown by requests of a process that is gone. */
export class ProcessGone extends Error {
  constructor(readonly ending: Ending) {
    super(`engine process gone: ${ending.exitCause}`);
  }
}
