import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** What a run of benchmarks measured: several samples of each figure, of which less is better. */
export interface MeasuredRun {
  readonly machine: string;
  readonly figures: Readonly<Record<string, readonly number[]>>;
}

/** A figure of two runs. */
export interface Compared {
  readonly name: string;
  /** Medians; `null` where a run has no such figure. */
  readonly before: number | null;
  readonly now: number | null;
  /** How many times as much it is now. */
  readonly ratio: number | null;
  /** `unsure` where the medians are apart while the middle halves of the samples overlap. */
  readonly verdict: "slower" | "faster" | "same" | "unsure" | "new" | "gone";
}

/** More than this share is a difference. */
const noticed = 0.1;

/** Collects what benchmarks measure, so that a later run can be held against it. */
export class Figures {
  readonly #figures: Record<string, number[]> = {};

  /** Adds samples of a figure, of which less is better; names are the same from run to run. */
  add(name: string, ...samples: readonly number[]): void {
    this.#figures[name] = [...(this.#figures[name] ?? []), ...samples];
  }

  /** What has been collected so far. */
  get run(): MeasuredRun {
    const [cpu] = cpus();
    return { machine: `${cpu?.model ?? "?"} × ${cpus().length}, Node ${process.version}`, figures: this.#figures };
  }
}

/** Writes a run to a file, as JSON. */
export function saveRun(file: string, run: MeasuredRun): void {
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
}

/** Reads what {@link saveRun} has written. */
export function readRun(file: string): MeasuredRun {
  return JSON.parse(readFileSync(file, "utf8")) as MeasuredRun;
}

/** The value below which a share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** Every figure of two runs beside each other, in the order of the later one; what is only in the earlier one comes last. */
export function compareRuns(before: MeasuredRun, now: MeasuredRun): Compared[] {
  const names = [...new Set([...Object.keys(now.figures), ...Object.keys(before.figures)])];
  return names.map((name) => {
    const [old, young] = [before.figures[name] ?? [], now.figures[name] ?? []];
    const medians = {
      before: old.length > 0 ? quantile(old, 0.5) : null,
      now: young.length > 0 ? quantile(young, 0.5) : null,
    };
    if (medians.before === null || medians.now === null) {
      return { name, ...medians, ratio: null, verdict: medians.before === null ? "new" : "gone" } as const;
    }
    const ratio = medians.now / medians.before;
    return { name, ...medians, ratio, verdict: verdictOf(ratio, old, young) };
  });
}

function verdictOf(ratio: number, old: readonly number[], young: readonly number[]): Compared["verdict"] {
  if (ratio <= 1 + noticed && ratio >= 1 / (1 + noticed)) {
    return "same";
  }
  const isApart = ratio > 1 ? quantile(young, 0.25) > quantile(old, 0.75) : quantile(young, 0.75) < quantile(old, 0.25);
  return isApart ? (ratio > 1 ? "slower" : "faster") : "unsure";
}

/** Prints a comparison and returns how many figures got slower. */
export function printComparison(before: MeasuredRun, now: MeasuredRun): number {
  if (before.machine !== now.machine) {
    console.log(`The runs are of two machines: ${before.machine}, now ${now.machine}.`);
  }
  const rows = compareRuns(before, now);
  const width = Math.max(6, ...rows.map(({ name }) => name.length));
  const cell = (value: number | null, digits = 1) => (value === null ? "–" : value.toFixed(digits)).padStart(10);
  console.log(`\n${"figure".padEnd(width)}    before       now     ratio`);
  for (const { name, before: old, now: young, ratio, verdict } of rows) {
    console.log(
      `${name.padEnd(width)}${cell(old)}${cell(young)}${cell(ratio, 2)}  ${verdict === "same" ? "" : verdict}`,
    );
  }
  const slower = rows.filter(({ verdict }) => verdict === "slower");
  console.log(
    slower.length === 0
      ? "Nothing got slower by more than 10 %."
      : `Slower by more than 10 %: ${slower.map(({ name }) => name).join(", ")}.`,
  );
  return slower.length;
}
