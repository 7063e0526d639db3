import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { allocatorSettings } from "../src/engineClient/allocator";

/** A program as a process that answers each question, a line of JSON, with a line. */
export interface Side {
  /** The answer; rejects once the program has ended. */
  ask(question: object): Promise<string>;
  stop(): void;
}

/** Starts a Python script of `bench/` with one argument, on two threads. */
export function startPython(python: string, script: string, argument: string): Side {
  return startSide(python, [fileURLToPath(new URL(`../bench/${script}`, import.meta.url)), argument]);
}

/** Starts a bench in a process of its own, with arguments by which it knows that it is to answer. */
export function startBench(name: string, ...args: readonly string[]): Side {
  return startSide(process.execPath, [process.argv[1] ?? "", name, ...args]);
}

function startSide(command: string, args: readonly string[]): Side {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    // As the product's engine is started.
    env: { ...allocatorSettings, ...process.env, OMP_NUM_THREADS: "2" },
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => {
    throw new Error("One of the sides ended; what it said is above.");
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
