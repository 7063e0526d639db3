import { fileURLToPath } from "node:url";
import { ModelStore } from "../src/engine/modelStore";
import { prepareText } from "../src/engine/preparedText";
import { TextTarget } from "../src/engine/textTarget";
import { featureSet } from "../src/methods/features";
import { limeRows, plainLime } from "../src/methods/lime";
import { adaptiveLime } from "../src/methods/limeAdaptive";
import { kernelWeight, sizeMasses } from "../src/methods/limeKernel";
import type { LimeResult } from "../src/methods/limeResult";
import type { MaskedTarget } from "../src/methods/maskedTarget";
import { sigmoid } from "../src/methods/methodRun";
import { solvePositive } from "../src/methods/ridge";
import { RememberedTarget } from "./supportRemembered";
import { seededText } from "./supportSentences";

const kinds = ["token", "word", "bag", "sentence"] as const;
/** Rows of the truth: so many a feature, but no more and no fewer than this. */
const truthRows = { perFeature: 60, fewest: 8000, most: 12_000 };
const options = { keep: null, samples: 1000, tolerance: 0.1 };

/**
 * Prints how far adaptive LIME (default settings) and plain LIME at as many evaluations are from the truth: least squares without shrinkage on very
 * many of LIME's rows. A line a text: worst errors relative to the largest coefficient (mean over seeds), R² on the rows of the truth, which no fit has
 * seen, and R² as the fits report it, coverage of 95 % intervals and the largest error in standard errors. Evaluations are remembered in `out/`, so
 * that another run on the same texts is quick.
 * Arguments: file of sentences, features (token, word, bag or sentence), seeds, numbers of words (default 12 to 300).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, kind = "token", seeds = "4", ...sizes] = args;
  const words = sizes.length > 0 ? sizes.map(Number) : [12, 25, 40, 60, 90, 150, 300];
  const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
  const model = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  const { signal } = new AbortController();
  let coefficients = 0;
  let covered = 0;
  console.log(
    "features  evaluations   adaptive      plain  of truth       rms  plain's     R² on new rows   R² reported   covered  worst z  settled",
  );
  try {
    await store.use(model, async (loaded) => {
      for (const count of words) {
        const prepared = prepareText(
          { text: seededText(count, file || undefined), pair: null, masked: [], methods: [], baseline: "mask" },
          loaded.tokenizer,
          loaded.folder.config.maxTokens,
        );
        const [input] = prepared.inputs;
        if (!input) {
          continue;
        }
        const [values = new Float32Array()] = await loaded.batcher.evaluate([input.row], signal);
        const features = featureSet(kinds.find((each) => each === kind) ?? "token", prepared);
        const target = new RememberedTarget(
          new TextTarget({
            featureSet: features,
            input,
            tokens: prepared.tokens.length,
            replacement: prepared.baseline.replacement,
            head: loaded.head,
            target: { index: values.indexOf(Math.max(...values)), versus: null },
            batcher: loaded.batcher,
          }),
          `${kind} ${prepared.text}`,
        );
        const truth = await limit(target, signal);
        target.remember();
        const largest = truth.coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = (found: Float64Array) =>
          found.reduce((most, value, i) => Math.max(most, Math.abs(value - (truth.coefficients[i] ?? 0))), 0) / largest;
        const rms = (found: Float64Array) =>
          Math.sqrt(
            found.reduce((sum, value, i) => sum + (value - (truth.coefficients[i] ?? 0)) ** 2, 0) / found.length,
          ) / largest;
        const row = {
          rms: 0,
          plainRms: 0,
          evaluations: 0,
          adaptive: 0,
          plain: 0,
          r2: 0,
          plainR2: 0,
          reported: 0,
          plainReported: 0,
          covered: 0,
          z: 0,
          settled: "",
        };
        for (let seed = 0; seed < Number(seeds); seed++) {
          const adaptive = await adaptiveLime(target, options, { seed, signal });
          const plain = await plainLime(target, { keep: null, samples: adaptive.evaluations }, { seed, signal });
          row.evaluations += adaptive.evaluations / Number(seeds);
          row.adaptive += worst(adaptive.coefficients) / Number(seeds);
          row.plain += worst(plain.coefficients) / Number(seeds);
          row.rms += rms(adaptive.coefficients) / Number(seeds);
          row.plainRms += rms(plain.coefficients) / Number(seeds);
          row.r2 += truth.r2(adaptive) / Number(seeds);
          row.plainR2 += truth.r2(plain) / Number(seeds);
          row.reported += adaptive.r2 / Number(seeds);
          row.plainReported += plain.r2 / Number(seeds);
          row.settled += adaptive.end === "samples" ? "." : worst(adaptive.coefficients) <= 0.1 ? "+" : "!";
          for (const [i, value] of adaptive.coefficients.entries()) {
            const error = Math.hypot(adaptive.standardErrors?.[i] ?? 0, truth.errors[i] ?? 0);
            const off = Math.abs(value - (truth.coefficients[i] ?? 0));
            const z = off < 1e-6 ? 0 : off / error;
            row.z = Math.max(row.z, z);
            row.covered += z < 1.96 ? 1 / target.features / Number(seeds) : 0;
            coefficients++;
            covered += z < 1.96 ? 1 : 0;
          }
        }
        target.remember();
        const own = truth.errors.reduce((most, value) => Math.max(most, value), 0) / largest;
        console.log(
          [
            String(target.features).padStart(8),
            row.evaluations.toFixed(0).padStart(13),
            ...[row.adaptive, row.plain, own, row.rms, row.plainRms].map((value) => value.toFixed(3).padStart(10)),
            `${row.r2.toFixed(3)} / ${row.plainR2.toFixed(3)}`.padStart(16),
            `${row.reported.toFixed(3)} / ${row.plainReported.toFixed(3)}`.padStart(15),
            ...[row.covered, row.z].map((value) => value.toFixed(2).padStart(9)),
            `  ${row.settled}`,
          ].join(" "),
        );
      }
    });
  } finally {
    await store.dispose();
  }
  console.log(
    `covered ${covered} of ${coefficients} = ${(covered / coefficients).toFixed(3)}; settled: . not, + right, ! wrong by more than 0.1`,
  );
}

/** LIME's limit: exact where all subsets are few, else weighted least squares on many of LIME's rows, without shrinkage, and robust standard errors. */
async function limit(target: MaskedTarget, signal: AbortSignal): Promise<Truth> {
  const n = target.features;
  const count = Math.min(truthRows.most, Math.max(truthRows.fewest, truthRows.perFeature * n));
  const size = n + 1;
  if (2 ** n <= truthRows.fewest) {
    return await exactLimit(target, signal);
  }
  const rows = limeRows(n, count, 123_456);
  const { logOdds } = await target.evaluate(rows, signal);
  const gram = new Float64Array(size * size);
  const right = new Float64Array(size);
  const row = (r: number, i: number) => (i === n ? 1 : (rows[r * n + i] ?? 0));
  const weights = Float64Array.from({ length: count }, (_, r) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += row(r, i);
    }
    return kernelWeight(sum / n);
  });
  for (let r = 0; r < count; r++) {
    const weight = weights[r] ?? 0;
    for (let i = 0; i < size; i++) {
      if (row(r, i) === 0) {
        continue;
      }
      right[i] = (right[i] ?? 0) + weight * sigmoid(logOdds[r] ?? 0);
      for (let j = 0; j <= i; j++) {
        gram[i * size + j] = (gram[i * size + j] ?? 0) + weight * row(r, j);
      }
    }
  }
  const fitted = solvePositive(Float64Array.from(gram), right);
  const inverse = Array.from({ length: size }, (_, i) =>
    solvePositive(
      Float64Array.from(gram),
      Float64Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)),
    ),
  );
  const errors = new Float64Array(n);
  for (let r = 0; r < count; r++) {
    let rest = sigmoid(logOdds[r] ?? 0);
    for (let i = 0; i < size; i++) {
      rest -= row(r, i) * (fitted[i] ?? 0);
    }
    const amount = (weights[r] ?? 0) * rest;
    for (let i = 0; i < n; i++) {
      let influence = 0;
      for (let j = 0; j < size; j++) {
        influence += row(r, j) === 0 ? 0 : (inverse[i]?.[j] ?? 0);
      }
      errors[i] = (errors[i] ?? 0) + (amount * influence) ** 2;
    }
  }
  const values = logOdds.map(sigmoid);
  const r2 = (fit: LinearModel) => r2On(rows, values, weights, fit);
  return { coefficients: fitted.slice(0, n), errors: errors.map(Math.sqrt), r2 };
}

async function exactLimit(target: MaskedTarget, signal: AbortSignal): Promise<Truth> {
  const n = target.features;
  const { coefficients } = await adaptiveLime(
    target,
    { keep: null, samples: 2 ** n, tolerance: 0 },
    { seed: 0, signal },
  );
  const rows = Uint8Array.from({ length: (2 ** n - 1) * n }, (_, at) => (Math.floor(at / n) >>> (at % n)) & 1);
  const { logOdds } = await target.evaluate(rows, signal);
  const masses = sizeMasses(n);
  const subsets = masses.map(() => 0);
  const sizes = Array.from({ length: 2 ** n - 1 }, (_, r) => {
    const dropped = n - rows.subarray(r * n, (r + 1) * n).reduce((sum, value) => sum + value, 0);
    subsets[dropped] = (subsets[dropped] ?? 0) + 1;
    return dropped;
  });
  const weights = Float64Array.from(sizes, (size) => (masses[size] ?? 0) / (subsets[size] ?? 1));
  const values = logOdds.map(sigmoid);
  return { coefficients, errors: new Float64Array(n), r2: (fit) => r2On(rows, values, weights, fit) };
}

type LinearModel = Pick<LimeResult, "coefficients" | "intercept">;

interface Truth {
  readonly coefficients: Float64Array;
  readonly errors: Float64Array;
  readonly r2: (fit: LinearModel) => number;
}

/** The weighted R² of a linear model of the mask on given rows. */
function r2On(rows: Uint8Array, values: Float64Array, weights: Float64Array, { coefficients, intercept }: LinearModel) {
  const n = coefficients.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = weights.reduce((sum, weight, r) => sum + weight * (values[r] ?? 0), 0) / total;
  let [error, variation] = [0, 0];
  for (const [r, value] of values.entries()) {
    const found = coefficients.reduce((sum, coefficient, i) => sum + (rows[r * n + i] ?? 0) * coefficient, intercept);
    error += (weights[r] ?? 0) * (value - found) ** 2;
    variation += (weights[r] ?? 0) * (value - mean) ** 2;
  }
  return 1 - error / variation;
}
