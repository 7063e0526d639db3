import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { machineBytes } from "./memory";
import { counted, type WatcherData } from "./watcherData";

/** What the process may take of the machine's memory: what a graph of unknown sizes takes is not known before it runs. */
const share = 0.85;

/**
 * Starts the watcher thread of a process that `host` forked with a pipe for beats. The function that comes back is to be called when a request begins.
 */
export function startWatcher(host: number, mostBytes = share * machineBytes()): () => void {
  const counts = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const data: WatcherData = { parent: process.ppid === host ? host : null, counts, mostBytes };
  const watcher = new Worker(join(__dirname, "engineWatcher.cjs"), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  watcher.on("message", () => Atomics.add(counts, counted.turns, 1));
  // Without it the engine still ends when its channel closes, only not in the middle of a run.
  watcher.on("error", (error) => console.error("The engine runs without its watcher:", error));
  watcher.unref();
  return () => {
    Atomics.add(counts, counted.requests, 1);
  };
}
