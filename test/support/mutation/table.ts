import type { Outcome } from "./run";

/** Kinds of files down, outcomes across, and what the worst of each kind took: rows of cells, the first of them headings. */
export function outcomeTable(outcomes: readonly Outcome[]): string[][] {
  const reasons = [...new Set(outcomes.map(({ outcome }) => outcome))].sort();
  const kinds = [...new Set(outcomes.map(({ kind }) => kind))];
  const row = (name: string, of: readonly Outcome[]) => [
    name,
    String(of.length),
    ...reasons.map((reason) => String(of.filter(({ outcome }) => outcome === reason).length || "·")),
    Math.max(...of.map(({ milliseconds }) => milliseconds)).toFixed(0),
    Math.max(...of.map(({ megabytes }) => megabytes)).toFixed(0),
  ];
  return [
    ["kind", "files", ...reasons, "ms", "MB"],
    ...kinds.map((kind) =>
      row(
        kind,
        outcomes.filter((one) => one.kind === kind),
      ),
    ),
    row("all", outcomes),
  ];
}
