import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GradientSession } from "../src/engine/gradientSession";
import { loadRuntime, sessionOptions } from "../src/engine/runtime";
import { ModelSession } from "../src/engine/session";
import { openModelFolder } from "../src/models/folder";

/** Ways of loading a model: its file by the runtime alone, once or twice, and the product's sessions. */
export const loadings = ["plain", "plainTwice", "forward", "both"] as const;
export type Loading = (typeof loadings)[number];

/** What loading took: milliseconds (without loading the runtime itself), and how much more memory at the most and in the end, in MB. */
export interface LoadingFigures {
  readonly milliseconds: number;
  readonly peak: number;
  readonly resting: number;
}

/** Loads a model in a process of its own and measures that. */
export function measureLoading(how: Loading, directory: string): LoadingFigures {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--expose-gc", process.argv[1] ?? "", "gradients", "--load", how, directory],
    { encoding: "utf8" },
  );
  if (status !== 0) {
    throw new Error(`loading failed: ${stderr}`);
  }
  const figures: LoadingFigures = JSON.parse(stdout);
  return figures;
}

/** The other side of {@link measureLoading}: prints the figures. Reads memory where Linux tells it. */
export async function load(how: Loading, directory: string): Promise<void> {
  const { InferenceSession } = await loadRuntime();
  const folder = await openModelFolder({ directory, file: null });
  const before = memory("VmRSS");
  const start = performance.now();
  const kept: unknown[] = [];
  if (how === "plain" || how === "plainTwice") {
    for (let i = 0; i < (how === "plain" ? 1 : 2); i++) {
      kept.push(await InferenceSession.create(join(directory, folder.file), sessionOptions(2)));
    }
  } else {
    const session = await ModelSession.load(folder, 2);
    kept.push(session);
    if (how === "both") {
      kept.push(await GradientSession.load(session, { threads: 2, classes: folder.config.labels?.length ?? 2 }));
    }
  }
  const milliseconds = performance.now() - start;
  const peak = memory("VmHWM") - before;
  globalThis.gc?.();
  console.log(JSON.stringify({ milliseconds, peak, resting: memory("VmRSS") - before, kept: kept.length }));
}

/** A line of the system's account of this process, in MB. */
function memory(line: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1024;
}
