import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Python script as a process, on two threads, that answers each question, a line of JSON, with a line. */
export interface PythonSide {
  /** The answer; rejects once the script has ended. */
  ask(question: object): Promise<string>;
  stop(): void;
}

/** Starts a script of `bench/` with one argument. */
export function startPython(python: string, script: string, argument: string): PythonSide {
  const child = spawn(python, [fileURLToPath(new URL(`../bench/${script}`, import.meta.url)), argument], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "2" },
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => {
    throw new Error("The Python side ended; what it said is above.");
  });
  ended.catch(() => undefined);
  return {
    async ask(question) {
      const answer = once(lines, "line");
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const [line] = await Promise.race([answer, ended]);
      return line;
    },
    stop: () => {
      child.kill();
    },
  };
}
