import path from "node:path";
import { mutant, mutantKinds, originals } from "../test/support/mutation/mutants";
import { explainFiles } from "../test/support/mutation/run";
import { outcomeTable } from "../test/support/mutation/table";

/**
 * Explains model files that were damaged or written to do harm, in engine processes of their own, and prints what becomes of them: kinds of
 * damage down, reasons across, with the most processor time and memory. The first word is how many files of each kind (62); `--worst` adds
 * those that took most and any that should not be.
 */
export async function run(args: readonly string[]): Promise<void> {
  const each = Number(args.find((word) => /^\d+$/.test(word)) ?? 62);
  const from = originals(path.resolve("."));
  const outcomes = await explainFiles(
    each * mutantKinds.length,
    (number) => mutant(number, from),
    path.resolve("dist/engine.cjs"),
    2,
  );
  const table = outcomeTable(outcomes);
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    );
  }
  if (args.includes("--worst")) {
    const bad = outcomes.filter(
      ({ outcome, milliseconds, megabytes }) =>
        ["internal", "engine-crashed", "too slow"].includes(outcome) || milliseconds > 1000 || megabytes > 100,
    );
    for (const { number, kind, original, outcome, milliseconds, megabytes, message } of bad) {
      console.log(
        `${number} ${kind} (${original}): ${outcome}, ${milliseconds.toFixed(0)} ms, ${megabytes.toFixed(0)} MB ${message}`,
      );
    }
  }
}
