import { readFileSync } from "node:fs";
import path from "node:path";
import { type CorpusFile, corpusFiles } from "../test/support/corpus";
import { type Verdict, verdictOf } from "../test/support/corpusVerdict";

/**
 * Explains every file of the corpus and prints how far it is from torch, or why it is refused. With `--all` the files that
 * `test/corpus/make.py --all` made are read; names of architectures leave the others out.
 */
export async function run(args: readonly string[]): Promise<void> {
  const corpus = path.resolve(args.includes("--all") ? "out/corpus" : "test/corpus");
  const folder = path.join(corpus, "models");
  const rows: string[][] = [
    [
      "model",
      "attention",
      "export",
      "variant",
      "logits",
      "maps",
      "padded",
      "d emb",
      "d maps",
      "d states",
      "d padded",
      "",
    ],
  ];
  const counts = { right: 0, refused: 0, wrong: 0 };
  const names = args.filter((arg) => !arg.startsWith("--"));
  const isWanted = (label: string) => names.length === 0 || names.includes(label.split(".")[0] ?? "");
  const files = corpusFiles(folder).filter(({ label }) => isWanted(label));
  for (const file of files) {
    const verdict = await verdictOf(file, corpus);
    counts[verdict.outcome] += 1;
    rows.push(rowOf(file, verdict));
  }
  const made: Record<string, string | null> = JSON.parse(readFileSync(path.join(folder, "made.json"), "utf8"));
  const failed = Object.entries(made).filter(([label, reason]) => reason !== null && isWanted(label));
  print(rows);
  const { right, refused, wrong } = counts;
  console.log(`\n${files.length} files: ${right} right, ${refused} refused by name, ${wrong} wrong`);
  for (const [label, reason] of failed) {
    console.log(`no file ${label}: ${reason}`);
  }
}

function rowOf({ architecture, attention, way, variant }: CorpusFile, { text, figures }: Verdict): string[] {
  const { logits, attention: maps, padded, embeddings, maps: mapGradients, states, paddedGradients } = figures;
  const numbers = [logits, maps, padded, embeddings, mapGradients, states, paddedGradients];
  return [architecture, attention, way, variant, ...numbers.map((n) => n?.toExponential(0) ?? "–"), text];
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) {
    console.log(
      row.map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0))).join("  "),
    );
  }
}
