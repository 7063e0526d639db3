/** The descriptor of the engine process on which its watcher thread writes beats and notices that the host is gone. */
export const beatDescriptor = 4;

/** How often the watcher thread beats, in milliseconds. */
export const beatMilliseconds = 500;

/** What a beat of the engine process tells the host. Beats come from a thread of their own, also while a native run has the main thread. */
export interface Beat {
  /** How often the main thread has answered its watcher: the same as in the beat before while something has it. */
  readonly turns: number;
  /** How many requests the main thread has begun, in the order in which they were sent. */
  readonly requests: number;
}

/** A beat as the line that is written. */
export function formatBeat({ turns, requests }: Beat): string {
  return `${turns} ${requests}\n`;
}

/** The beat that a line of {@link formatBeat} tells of. */
export function parseBeat(line: string): Beat {
  const [turns = 0, requests = 0] = line.split(" ").map(Number);
  return { turns, requests };
}
