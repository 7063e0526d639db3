import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A running process. */
export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes whose command line holds `words`. */
export function processesWith(words: string): RunningProcess[] {
  return allProcesses().filter(({ pid, command }) => pid !== process.pid && command.includes(words));
}

function allProcesses(): RunningProcess[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const state = readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /, "");
          const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
          return state.startsWith("Z") ? [] : [{ pid: Number(name), command }];
        } catch {
          // It has ended since the folder was listed.
          return [];
        }
      });
  }
  const list = execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" });
  return list
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) => (match?.[1] && match[2] ? [{ pid: Number(match[1]), command: match[2] }] : []));
}
