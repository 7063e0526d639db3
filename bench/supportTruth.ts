import { defaultOptions } from "../src/common/options";
import type { LoadedModel } from "../src/engine/loadedModel";
import { prepareText } from "../src/engine/preparedText";
import { predictText } from "../src/engine/readText";
import { TextTarget } from "../src/engine/textTarget";
import { featureSet } from "../src/methods/features";
import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import { kernelWeight, sizeMasses } from "../src/methods/lime/kernel";
import type { LimeResult } from "../src/methods/lime/limeResult";
import { limeRows } from "../src/methods/lime/plainLime";
import type { MaskedTarget } from "../src/methods/maskedTarget";
import { solvePositive } from "../src/methods/maths/ridge";
import { sigmoid } from "../src/tasks/target";
import { RememberedTarget } from "./supportRemembered";

const kinds = ["token", "word", "bag", "sentence"] as const;
/** Rows of the truth: so many a feature, but no more and no fewer than this. */
const truthRows = { perFeature: 60, fewest: 8000, most: 12_000 };

/** The likeliest class of a text as a function of what is kept of its tokens, words, bag of words or sentences; its values are remembered in `out/`. */
export async function rememberedTarget(
  loaded: LoadedModel,
  text: string,
  kind: string,
  signal: AbortSignal,
): Promise<RememberedTarget> {
  const prepared = prepareText(
    {
      ...defaultOptions,
      text: kind === "sentence" ? capitals(text) : text,
      pair: null,
      masked: [],
      methods: [],
    },
    loaded,
  );
  const [input] = prepared.inputs;
  if (!input) {
    throw new Error("The text has no window.");
  }
  const { target: explained } = await predictText(loaded, prepared, defaultOptions, signal);
  const target = new TextTarget(
    {
      model: loaded,
      text: prepared,
      target: explained,
    },
    [input],
    featureSet(kinds.find((each) => each === kind) ?? "token", prepared),
  );
  return new RememberedTarget(target, `${kind} ${prepared.text}`);
}

/** Sentences are told apart by their capital letters, which the files of sentences lack. */
function capitals(text: string): string {
  return text.replace(/(^|\. )(\p{Ll})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/** LIME's limit: exact where all subsets are few, else weighted least squares on many of LIME's rows, without shrinkage, and robust standard errors. */
export async function limit(target: MaskedTarget, signal: AbortSignal): Promise<Truth> {
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

/** LIME's limit with its own standard errors, and the R² of a linear model on the rows it comes from. */
export interface Truth {
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
