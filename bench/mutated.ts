import path from "node:path";
import { mutant, mutantKinds, originals } from "../test/support/mutation/mutants";
import { explainFiles, explainFolders, type Outcome } from "../test/support/mutation/run";
import { outcomeTable } from "../test/support/mutation/table";

const engine = path.resolve("dist/engine.cjs");
const bad = new Set(["internal", "engine-crashed", "crashed", "too slow", "read outside"]);

/**
 * Explains with files and folders that were damaged or written to do harm, in engine processes of their own, and prints what becomes of them: kinds of
 * damage down, reasons across, with the most processor time and memory. The first number is how many files of each kind (62); after `folders`, how many
 * whole folders (5,000) from which number on (0), whose readings are watched. `--worst` adds those that took most and any that should not be.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [asked, first] = args.filter((word) => /^\d+$/.test(word)).map(Number);
  const from = originals(path.resolve("."));
  const outcomes = args.includes("folders")
    ? await explainFolders(asked ?? 5000, from, engine, first)
    : await explainFiles((asked ?? 62) * mutantKinds.length, (number) => mutant(number, from), engine, 2);
  printTable(outcomes);
  const count = (outcome: readonly string[]) => outcomes.filter((one) => outcome.includes(one.outcome)).length;
  console.log(
    `\ncrashes ${count(["crashed", "engine-crashed"])}, internal errors ${count(["internal"])}, hangs ${count(["too slow"])}, ` +
      `reads outside ${count(["read outside"])}, most memory ${Math.max(...outcomes.map(({ megabytes }) => megabytes)).toFixed(0)} MB`,
  );
  if (args.includes("--worst")) {
    const worst = outcomes.filter(
      ({ outcome, milliseconds, megabytes }) => bad.has(outcome) || milliseconds > 1000 || megabytes > 100,
    );
    for (const { number, kind, original, outcome, milliseconds, megabytes, message } of worst) {
      console.log(
        `${number} ${kind} (${original}): ${outcome}, ${milliseconds.toFixed(0)} ms, ${megabytes.toFixed(0)} MB ${message}`,
      );
    }
  }
}

function printTable(outcomes: readonly Outcome[]): void {
  const table = outcomeTable(outcomes);
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    );
  }
}
