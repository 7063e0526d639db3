/** What the main thread of the engine process gives its watcher thread. */
export interface WatcherData {
  /** The process that forked this one. */
  readonly host: number;
  /** Shared: how often the main thread answered the watcher, and how many requests it has begun. */
  readonly counts: Int32Array;
}

/** Places in {@link WatcherData.counts}. */
export const counted = { turns: 0, requests: 1 } as const;
