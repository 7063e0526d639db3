import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import path from "node:path";

/** A step that failed in a way the person can act on: its message is one sentence, shown without a stack. */
export class StepError extends Error {}

/**
 * Runs a program and waits for it. `output` is "show" (the person sees it live) or "keep" (returned, and part of the error).
 * Ends the program with its children after `timeoutMinutes`. Throws a {@link StepError} when it does not exit with 0, unless `allowFailure`.
 */
export async function run(
  program,
  args,
  { cwd, env, output = "show", timeoutMinutes = 15, allowFailure = false } = {},
) {
  const shell = process.platform === "win32" && !/\.exe$/i.test(program);
  const child = spawn(shell ? `"${program}"` : program, shell ? args.map((argument) => `"${argument}"`) : args, {
    cwd,
    env: { ...process.env, ...env },
    shell,
    detached: process.platform !== "win32",
    stdio: ["ignore", output === "show" ? "inherit" : "pipe", output === "show" ? "inherit" : "pipe"],
  });
  const pieces = [];
  child.stdout?.on("data", (piece) => pieces.push(piece));
  child.stderr?.on("data", (piece) => pieces.push(piece));
  const interrupted = () => endProcessTree(child.pid, "SIGTERM");
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", interrupted);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endProcessTree(child.pid, "SIGKILL");
  }, timeoutMinutes * 60_000);
  const { code, failure } = await new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 127, failure: error.message }));
    child.once("close", (exit, signal) => resolve({ code: exit ?? 1, failure: signal ? `ended by ${signal}` : "" }));
  });
  clearTimeout(timer);
  process.off("SIGINT", interrupted);
  process.off("SIGTERM", interrupted);
  const text = Buffer.concat(pieces).toString("utf8");
  if (code !== 0 && !allowFailure) {
    const reason = late
      ? `did not finish within ${timeoutMinutes} minutes`
      : failure || `failed with exit code ${code}`;
    throw new StepError(
      `\`${[path.basename(program), ...args].join(" ")}\` ${reason}.${text ? `\n${text.trim().slice(-4000)}` : ""}`,
    );
  }
  return { code, text };
}

/** Sends a signal to a process started `detached` and everything in its group; on Windows ends the tree. */
export function endProcessTree(pid, signal) {
  if (!pid) {
    return;
  }
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Runs npm, the one that runs this script where there is one. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js") || script?.endsWith(".cjs")) {
    return run(process.execPath, [script, ...args], options);
  }
  return run("npm", args, options);
}

/** The full path of a program on the PATH, or undefined. */
export function findOnPath(name) {
  const endings = process.platform === "win32" ? (process.env.PATHEXT ?? ".EXE;.CMD").split(";") : [""];
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const ending of endings) {
      const candidate = path.join(folder, name + ending);
      if (folder && existsSync(candidate) && statSync(candidate).isFile()) {
        return candidate;
      }
    }
  }
  return undefined;
}

/** Runs a script's main function: a {@link StepError} is printed as its sentence, anything else with its stack; both exit with 1. */
export async function main(action) {
  try {
    await action();
  } catch (error) {
    console.error(error instanceof StepError ? `error: ${error.message}` : error);
    process.exitCode = 1;
  }
}
