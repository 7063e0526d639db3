import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";
import { StepError } from "./run.mjs";

/** The time of the newest file in a folder and below, or of a file. */
function newestTime(place) {
  const status = statSync(place, { throwIfNoEntry: false });
  if (!status?.isDirectory()) {
    return status?.mtimeMs ?? 0;
  }
  return Math.max(0, ...readdirSync(place).map((name) => newestTime(path.join(place, name))));
}

/** Builds when one of the outputs is missing or older than a source. */
export async function ensureBuilt(...outputs) {
  const sources = ["src", "webview", "package.json", "package-lock.json", "scripts/build.mjs"];
  const newest = Math.max(...sources.map((source) => newestTime(path.join(root, source))));
  const oldest = Math.min(...outputs.map((output) => newestTime(path.join(root, output))));
  if (oldest < newest) {
    const { build } = await import("../build.mjs");
    await build().catch(() => {
      throw new StepError("The build failed; its messages are above.");
    });
  }
  for (const output of outputs) {
    if (!existsSync(path.join(root, output))) {
      throw new StepError(`${output} was not built.`);
    }
  }
}
