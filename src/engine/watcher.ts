/**
 * The watcher thread of the engine process. It beats, so that the host can tell a busy process from one that is stopped, and ends the process when the
 * host is gone, or when it has taken more memory than it may, whatever the main thread is doing: a native run and a tokenizer's expression cannot be interrupted.
 */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { beatDescriptor, beatMilliseconds, formatBeat } from "../common/engineBeat";
import { counted, type WatcherData } from "./watcherData";

const { parent, counts, mostBytes }: WatcherData = workerData;
let askedAt = -1;

function beat(): void {
  const turns = Atomics.load(counts, counted.turns);
  const gone = isHostGone(formatBeat({ turns, requests: Atomics.load(counts, counted.requests) }));
  if (gone || process.memoryUsage.rss() > mostBytes) {
    // Nothing gentler reaches a process whose main thread is busy.
    process.kill(process.pid, "SIGKILL");
  }
  if (turns !== askedAt) {
    askedAt = turns;
    parentPort?.postMessage(null);
  }
}

/** Writing fails at once when the host's end of the pipe is closed; where a process without parent gets another one, that tells as well. */
function isHostGone(line: string): boolean {
  if (parent !== null && process.ppid !== parent) {
    return true;
  }
  try {
    writeSync(beatDescriptor, line);
    return false;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "EPIPE" || code === "ECONNRESET" || code === "EOF";
  }
}

beat();
setInterval(beat, beatMilliseconds);
