import { fileURLToPath } from "node:url";
import { ModelStore } from "../src/engine/modelStore";
import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import { plainLime } from "../src/methods/lime/plainLime";
import type { MaskedTarget } from "../src/methods/maskedTarget";
import { seededText } from "./supportSentences";
import { limit, rememberedTarget, type Truth } from "./supportTruth";

const options = { keep: null, tolerance: 0.1 };
const usualSamples = 1000;

/** One text: means over seeds of adaptive LIME's figures and plain LIME's at as many evaluations. Errors are relative to the largest coefficient. */
interface Row {
  readonly features: number;
  evaluations: number;
  /** Worst and root mean square errors. */
  readonly worst: [adaptive: number, plain: number];
  readonly rms: [adaptive: number, plain: number];
  /** R² on the rows of the truth, and as the fits report it. */
  readonly r2: [adaptive: number, plain: number];
  readonly reported: [adaptive: number, plain: number];
  /** Coefficients inside their 95 % intervals, and of how many; the largest error in standard errors. */
  covered: number;
  coefficients: number;
  z: number;
  settled: string;
}

/**
 * Prints how far adaptive LIME (default settings) and plain LIME at as many evaluations are from the truth: least squares without shrinkage on very
 * many of LIME's rows. A line a text: worst errors relative to the largest coefficient (mean over seeds), R² on the rows of the truth, which no fit has
 * seen, and R² as the fits report it, coverage of 95 % intervals and the largest error in standard errors; in the end coverage and largest error over all texts. Evaluations are remembered
 * in `out/`, so that another run on the same texts is quick.
 * Arguments: file of sentences, features (token, word, bag or sentence), seeds, numbers of words (default 12 to 300), each with the most evaluations after a colon (default 1,000).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, kind = "token", seeds = "4", ...sizes] = args;
  const texts = (sizes.length > 0 ? sizes : ["12", "25", "40", "60", "90", "150", "300"]).map((size) =>
    size.split(":"),
  );
  const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
  const model = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  const { signal } = new AbortController();
  const rows: Row[] = [];
  console.log(
    "features  evaluations   adaptive      plain  of truth       rms  plain's     R² on new rows   R² reported   covered  worst z  settled",
  );
  try {
    await store.use(model, async (loaded) => {
      for (const [count, samples = usualSamples] of texts) {
        const target = await rememberedTarget(loaded, seededText(Number(count), file || undefined), kind, signal);
        const truth = await limit(target, signal);
        target.remember();
        const row = await measured(target, truth, { seeds: Number(seeds), samples: Number(samples) }, signal);
        target.remember();
        rows.push(row);
        console.log(line(row, truth));
      }
    });
  } finally {
    await store.dispose();
  }
  const covered = rows.reduce((sum, row) => sum + row.covered, 0);
  const coefficients = rows.reduce((sum, row) => sum + row.coefficients, 0);
  const z = rows.reduce((most, row) => Math.max(most, row.z), 0);
  const runs = rows.map((row) => row.settled).join("");
  const count = (sign: string) => runs.split(sign).length - 1;
  console.log(
    `covered ${covered} of ${coefficients} = ${(covered / coefficients).toFixed(3)}, worst z ${z.toFixed(2)}; settled: . not (${count(".")} runs), + right (${count("+")}), ! wrong by more than ${options.tolerance} (${count("!")})`,
  );
}

async function measured(
  target: MaskedTarget,
  truth: Truth,
  { seeds, samples }: { readonly seeds: number; readonly samples: number },
  signal: AbortSignal,
): Promise<Row> {
  const row: Row = {
    features: target.features,
    evaluations: 0,
    worst: [0, 0],
    rms: [0, 0],
    r2: [0, 0],
    reported: [0, 0],
    covered: 0,
    coefficients: 0,
    z: 0,
    settled: "",
  };
  for (let seed = 0; seed < seeds; seed++) {
    const adaptive = await adaptiveLime(target, { ...options, samples }, { seed, signal });
    const plain = await plainLime(target, { keep: null, samples: adaptive.evaluations }, { seed, signal });
    row.evaluations += adaptive.evaluations / seeds;
    for (const [at, fit] of ([adaptive, plain] as const).entries()) {
      const { worst, rms } = errorsOf(fit.coefficients, truth);
      row.worst[at] = (row.worst[at] ?? 0) + worst / seeds;
      row.rms[at] = (row.rms[at] ?? 0) + rms / seeds;
      row.r2[at] = (row.r2[at] ?? 0) + truth.r2(fit) / seeds;
      row.reported[at] = (row.reported[at] ?? 0) + fit.r2 / seeds;
    }
    const right = errorsOf(adaptive.coefficients, truth).worst <= options.tolerance;
    row.settled += adaptive.end === "samples" ? "." : right ? "+" : "!";
    for (const [i, value] of adaptive.coefficients.entries()) {
      const error = Math.hypot(adaptive.standardErrors?.[i] ?? 0, truth.errors[i] ?? 0);
      const off = Math.abs(value - (truth.coefficients[i] ?? 0));
      const z = off < 1e-6 ? 0 : off / error;
      row.z = Math.max(row.z, z);
      row.covered += z < 1.96 ? 1 : 0;
      row.coefficients++;
    }
  }
  return row;
}

/** Worst and root mean square error relative to the largest coefficient of the truth. */
function errorsOf(found: Float64Array, { coefficients }: Truth): { readonly worst: number; readonly rms: number } {
  const largest = largestOf(coefficients);
  const off = found.map((value, i) => Math.abs(value - (coefficients[i] ?? 0)) / largest);
  return { worst: largestOf(off), rms: Math.sqrt(off.reduce((sum, value) => sum + value * value, 0) / off.length) };
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function line(row: Row, truth: Truth): string {
  const own = largestOf(truth.errors) / largestOf(truth.coefficients);
  const pair = ([adaptive, plain]: readonly [number, number]) => `${adaptive.toFixed(3)} / ${plain.toFixed(3)}`;
  return [
    String(row.features).padStart(8),
    row.evaluations.toFixed(0).padStart(13),
    ...[...row.worst, own, ...row.rms].map((value) => value.toFixed(3).padStart(10)),
    pair(row.r2).padStart(16),
    pair(row.reported).padStart(15),
    ...[row.covered / row.coefficients, row.z].map((value) => value.toFixed(2).padStart(9)),
    `  ${row.settled}`,
  ].join(" ");
}
