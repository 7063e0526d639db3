import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A command line that runs, and what it has printed on standard error. */
export interface RunningCommandLine {
  readonly child: ReturnType<typeof spawn>;
  readonly pid: number;
  readonly errors: () => string;
}

/** Starts a built command line; its standard output can be read from `child.stdout`. */
export function startCommandLine(
  args: readonly string[],
  program = path.resolve("dist/explain.mjs"),
): RunningCommandLine {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return { child, pid: child.pid ?? 0, errors: () => errors };
}

/** The children of a process; Linux only. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(name: string): number {
  return Number(statOf(name).split(" ")[1] ?? 0);
}

/** Whether a process runs; one that has ended and is only not yet collected does not. */
export function isRunning(pid: number): boolean {
  const state = statOf(String(pid)).split(" ")[0] ?? "";
  return state !== "" && state !== "Z";
}

/** State, parent and what follows; empty when there is no such process. */
function statOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "");
  } catch {
    return "";
  }
}

/**
 * Memory of a process in MB, now and at its peak; 0 when it is gone. `own` is what it takes now without pages of files, which the system takes back, and of which
 * those that are read in several places count several times in the others.
 */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number; readonly own: number } {
  let status = "";
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    // It is gone.
  }
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024;
  return { now: read("VmRSS"), peak: read("VmHWM"), own: read("RssAnon") };
}
