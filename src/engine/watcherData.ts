/** What the main thread of the engine process gives its watcher thread. */
export interface WatcherData {
  /** The host's process; `null` where something stands between it and this one, so that only the pipe tells of its end. */
  readonly parent: number | null;
  /** With more memory than this, in bytes, the process ends before the system ends another one for lack of it. */
  readonly mostBytes: number;
  /** Shared: how often the main thread answered the watcher, and how many requests it has begun. */
  readonly counts: Int32Array;
}

/** Places in {@link WatcherData.counts}. */
export const counted = { turns: 0, requests: 1 } as const;
