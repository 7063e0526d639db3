import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { attentionBytes } from "../src/engine/attentionRuns";
import { type GradientOptions, GradientSession } from "../src/engine/gradientSession";
import { ModelSession } from "../src/engine/session";
import { allocatorSettings } from "../src/engineClient/allocator";
import { openModelFolder } from "../src/models/folder";
import { bertOf } from "./supportModels";

/** What an estimate may be at least, as a share of what a run takes. */
const least = 0.85;
const lengths = [64, 128, 256, 512];
const signal = new AbortController().signal;

/**
 * Prints what runs of a random BERT-base are estimated to take beside what this process grows by: forward, attention, and gradients by each set of rules, at
 * 64, 128, 256 and 512 tokens, or those that are asked for. Linux only.
 */
export async function run(args: readonly string[]): Promise<void> {
  if (process.env.MALLOC_MMAP_THRESHOLD_ === undefined) {
    // As the engine's process has it, which must be so from the start.
    spawnSync(process.execPath, ["--expose-gc", process.argv[1] ?? "", "estimates", ...args], {
      env: { ...process.env, ...allocatorSettings },
      stdio: "inherit",
    });
    return;
  }
  const asked = args.map(Number).filter((length) => length > 0);
  const wanted = args.filter((word) => Number.isNaN(Number(word)));
  const folder = await openModelFolder({ directory: bertOf(12), file: null });
  const session = await ModelSession.load(folder, 2);
  console.log("run        tokens   estimated MB   measured MB   estimated/measured   seconds");
  const line = async (what: string, length: number, estimated: number, work: () => Promise<unknown>) => {
    if (wanted.length > 0 && !wanted.includes(what)) {
      return;
    }
    globalThis.gc?.();
    await sleep(100);
    writeFileSync("/proc/self/clear_refs", "5");
    const before = memory("RssAnon");
    const [peakBefore, start] = [memory("VmHWM"), performance.now()];
    await work();
    const measured = memory("VmHWM") - peakBefore;
    const grown = memory("RssAnon") - before;
    const share = estimated / 2 ** 20 / measured;
    const cells = [estimated / 2 ** 20, measured].map((value) => value.toFixed(0).padStart(14)).join("");
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `${what.padEnd(10)} ${String(length).padStart(6)} ${cells} ${share.toFixed(2).padStart(20)}${share < least ? " low" : "    "} ${seconds.padStart(5)}   kept ${grown.toFixed(0)}`,
    );
  };
  const rowOf = (length: number) => ({
    ids: Int32Array.from({ length }, (_, at) => 1000 + ((at * 37) % 20_000)),
    segments: new Int32Array(length),
  });
  for (const length of asked.length > 0 ? asked : lengths) {
    const row = rowOf(length);
    // The first run also reads words that lie in the file.
    await session.logits([row]);
    const forward = session.runBytes(1, length);
    await line("forward", length, forward, () => session.logits([row]));
    const given = session.layers.length * attentionBytes(12, length);
    await line("attention", length, forward + given, () => session.attention(row, 0, session.layers.length));
  }
  for (const rules of ["gradient", "relevance", "deepLift"] as const) {
    if (wanted.length > 0 && !wanted.includes(rules)) {
      continue;
    }
    const options: GradientOptions = { threads: 2, classes: folder.config.labels?.length ?? 2, rules };
    const gradients = await GradientSession.load(session, options);
    for (const length of asked.length > 0 ? asked : lengths) {
      const row = rowOf(length);
      const target = await gradients.target(
        row,
        { reads: [{ index: 1, weight: 1 }] },
        new Uint8Array(length).fill(1),
        new Int32Array(length),
      );
      // The first run also reads weights that lie in the file.
      await target.gradients([target.input, target.baseline], signal);
      await line(rules, length, gradients.runBytes(length), () =>
        target.gradients([target.input, target.baseline], signal),
      );
    }
    await gradients.release();
  }
  await session.release();
}

/** A line of the system's account of this process, in MB. */
function memory(line: "VmHWM" | "RssAnon"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1024;
}
