import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { resultsFolder } from "../../scripts/lib/paths.mjs";

/** Writes a measured figure to `out/test/figures.json`, beside those that are there. */
export function recordFigure(name: string, value: unknown): void {
  const file = path.join(resultsFolder, "figures.json");
  mkdirSync(resultsFolder, { recursive: true });
  const figures = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
  writeFileSync(file, `${JSON.stringify({ ...figures, [name]: value }, null, 2)}\n`);
}
