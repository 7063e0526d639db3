import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { root } from "./support";

/** How a command line ended and what it printed. */
export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command line under way. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** What it has printed so far. */
  readonly printed: () => string;
}

/** Starts a built command line as a shell would; `options` may give other standard streams. */
export function start(program: string, args: readonly string[], options: SpawnOptions = {}): Started {
  return startProgram(process.execPath, [program, ...args], options);
}

/** Starts any program and collects what it prints. */
export function startProgram(name: string, args: readonly string[], options: SpawnOptions = {}): Started {
  const child = spawn(name, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"], ...options });
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin?.on("error", () => undefined);
  const ended = new Promise<Outcome>((resolve) => child.once("close", (status) => resolve({ status, out, err })));
  return { child, ended, printed: () => out };
}

/** Runs a built command line to its end; `input` is its standard input. */
export async function run(program: string, args: readonly string[], input: string | Uint8Array = ""): Promise<Outcome> {
  const { child, ended } = start(program, args);
  child.stdin?.end(input);
  return await ended;
}
