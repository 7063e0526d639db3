import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ExplainError } from "../src/common/errors";
import { defaultOptions } from "../src/common/options";
import { EngineClient } from "../src/engineClient/engineClient";
import { makeSituations, type Situation, secondsUntilGone } from "./supportSituations";

/** Prints how long the engine process outlives a host that is killed while the engine is busy. */
export async function run(args: readonly string[]): Promise<void> {
  const [mode, situation] = args;
  if (mode === "--host" && situation !== undefined) {
    await host(JSON.parse(situation));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "orphan-"));
  try {
    console.log("The host is killed while the engine is busy: seconds until the engine is gone");
    for (const each of makeSituations(folder)) {
      console.log(`${each.name.padEnd(28)}${await orphan(each)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Kills a host in a situation. */
async function orphan(situation: Situation): Promise<string> {
  const child = spawn(process.execPath, [process.argv[1] ?? "", "orphan", "--host", JSON.stringify(situation)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let outcome = "the host ended by itself";
  for await (const line of createInterface({ input: child.stdout })) {
    const pid = Number(line);
    if (!pid) {
      outcome = line;
      continue;
    }
    child.kill("SIGKILL");
    const seconds = await secondsUntilGone(pid);
    if (seconds === null) {
      process.kill(pid, "SIGKILL");
    }
    outcome = seconds === null ? "never" : seconds.toFixed(2);
  }
  return outcome;
}

/** Brings an engine into a situation and prints its process; prints why where it does not come into it. */
async function host({ model, text, method, phase, after }: Situation): Promise<void> {
  const client = new EngineClient({
    modulePath: fileURLToPath(new URL("../dist/engine.cjs", import.meta.url)),
    options: { threads: 0, memoryMegabytes: 8192 },
    log: (line) => console.error(line),
  });
  const request = { ...defaultOptions, text, methods: [method], model: { directory: model, file: null } };
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = client
    .explain(request, undefined, (progress) => {
      if (progress.phase === phase) {
        begin();
      }
    })
    .then(
      () => "it ended before it was in full swing",
      (error) => `refused: ${ExplainError.from(error).message}`,
    );
  const busy = begun.then(() => wait(after)).then(() => client.pid);
  console.log(await Promise.race([busy, ended]));
  await ended;
  client.dispose();
}
