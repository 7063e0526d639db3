import type { Attribution, AttributionScale, LimeOptions, UnitKind } from "../common/explanation";
import { type Message, message } from "../common/message";
import { addsUp, type MethodId } from "../common/method";
import {
  type FeatureSet,
  featureSet,
  isRepeated,
  tokenShares,
  unitScores,
  unitStandardErrors,
} from "../methods/features";
import type { LimeResult } from "../methods/lime/limeResult";
import type { OcclusionResult } from "../methods/occlusion";
import { weightedMean } from "./prediction";
import type { PreparedText, WindowInput } from "./preparedText";
import { mergeByShare, mergeErrors } from "./windows";

/** What a perturbation method found in one window. */
export interface WindowResult<T> {
  readonly input: WindowInput;
  readonly features: FeatureSet;
  readonly result: T;
}

/** What every attribution of a run has in common. */
export interface RunFigures {
  readonly units: UnitKind;
  readonly parameters: Readonly<Record<string, string | number | boolean | null>>;
  readonly milliseconds: number;
}

/** LIME's coefficients of all windows as one attribution: the linear model of the mean of the windows. */
export function limeAttribution(
  text: PreparedText,
  found: readonly WindowResult<LimeResult>[],
  options: LimeOptions,
  scale: "probability" | "number",
  run: RunFigures,
): Attribution {
  const windows = found.map((window) => ({ ...window, features: inAllPlaces(window.features, text) }));
  // Where nothing can be left out, nothing was evaluated and there is no sum. While windows are still to come there is none either.
  const whole =
    windows.length === text.inputs.length &&
    windows.every(({ features }) => features.groups.length > 0) &&
    !windows.some(({ features }) => isRepeated(features));
  const mean = (of: (result: LimeResult) => number) =>
    weightedMean(
      windows.map(({ result }) => of(result)),
      shares,
    );
  const shares = windows.map(({ input }) => input.share);
  const ends = windows.map(({ result }) => result.end);
  const partial = ends.includes(null);
  const evaluations = windows.reduce((sum, { result }) => sum + result.evaluations, 0);
  return {
    method: "lime",
    units: run.units,
    scores: mergedScores(
      text,
      windows.map(({ input, features, result }) => ({ input, features, values: result.coefficients })),
      run.units,
    ),
    specials: [],
    standardErrors: mergedStandardErrors(text, windows, run.units),
    scale,
    baseValue: whole ? mean(({ intercept }) => intercept) : null,
    fullValue: whole ? mean(({ fullValue }) => fullValue) : null,
    parameters: run.parameters,
    quality: { r2: mean(({ r2 }) => r2) },
    converged: options.mode === "plain" ? null : ends.every((end) => end === "exact" || end === "tolerance"),
    partial,
    notes: [
      ...(scale === "number" ? [fitsNumber] : []),
      ...(partial || options.mode === "plain" ? [] : [limeNote(ends, evaluations, options.tolerance)]),
      ...(partial ? [] : limeCautions(windows, options.mode)),
    ],
    evaluations,
    milliseconds: run.milliseconds,
  };
}

const fitsNumber = message("The model gives no probability: LIME fits the number itself.");
/** Features of one window that stand in several places of the text, in those outside the window too: hiding a word hides it there as well. */
function inAllPlaces(features: FeatureSet, text: PreparedText): FeatureSet {
  if (features.kind !== "bag") {
    return features;
  }
  const masked = new Set(text.masked);
  const { groups, times = [] } = featureSet("bag", text, ({ index }) => !masked.has(index));
  const places = features.groups.map(([first]) => groups.findIndex((group) => group.includes(first ?? -1)));
  return {
    kind: "bag",
    groups: places.map((at) => groups[at] ?? []),
    times: places.map((at) => times[at] ?? 1),
  };
}

/** With so few features nearly all weight lies on the whole text, and the penalty of plain LIME's ridge outweighs the rest. */
const mostShrunk = 2;

/** What keeps a fit from being taken at its word: fewer rows than its numbers, and words that show one score in several places. */
function limeCautions(windows: readonly WindowResult<LimeResult>[], mode: LimeOptions["mode"]): Message[] {
  const fewest = Math.min(...windows.map(({ features }) => features.groups.length));
  const scarce = windows.find(
    ({ features, result }) =>
      result.end !== "exact" && result.evaluations > 0 && result.evaluations < features.groups.length + 2,
  );
  return [
    ...(scarce
      ? [
          message(
            "Only {0} evaluations for {1} words or tokens: the scores and R² say little. Raise the number of samples to at least {2}.",
            scarce.result.evaluations,
            scarce.features.groups.length,
            scarce.features.groups.length + 2,
          ),
        ]
      : []),
    ...(mode === "plain" && fewest > 0 && fewest <= mostShrunk
      ? [
          message(
            "Plain LIME's ridge shrinks the scores of so short a text, often to a fraction. Adaptive LIME is exact here.",
          ),
        ]
      : []),
    ...(windows.some(({ features }) => isRepeated(features))
      ? [
          message(
            "A word that stands in several places has one coefficient, that of hiding it everywhere, and shows it at each; so scores do not add up.",
          ),
        ]
      : []),
  ];
}

function limeNote(ends: readonly LimeResult["end"][], evaluations: number, tolerance: number): Message {
  const percent = String(Number((tolerance * 100).toPrecision(3)));
  if (evaluations === 0) {
    return message("No word is left that could be left out.");
  }
  if (ends.every((end) => end === "exact")) {
    return message("Exact: all {0} ways to leave features out were evaluated.", evaluations);
  }
  if (ends.every((end) => end !== "samples")) {
    return message(
      "After {1} evaluations no score is likely to be off by more than {0} % of the largest.",
      percent,
      evaluations,
    );
  }
  return message(
    "Not converged: after {1} evaluations some scores may still be off by more than {0} % of the largest.",
    percent,
    evaluations,
  );
}

/** What leaving one feature out changes, in all windows, as one attribution. */
export function occlusionAttribution(
  text: PreparedText,
  windows: readonly WindowResult<OcclusionResult>[],
  scale: AttributionScale,
  run: RunFigures,
): Attribution {
  return {
    ...plainAttribution("occlusion", scale, run),
    scores: mergedScores(
      text,
      windows.map(({ input, features, result }) => ({ input, features, values: result.scores })),
      run.units,
    ),
    evaluations: windows.reduce((sum, { result }) => sum + result.evaluations, 0),
  };
}

/** Scores per token that have no error, such as attention, as one attribution; those of special tokens in the windows' values are kept apart. */
export function tokenAttribution(
  text: PreparedText,
  method: MethodId,
  scale: AttributionScale,
  windows: readonly { readonly input: WindowInput; readonly values: ArrayLike<number> }[],
  quality: Readonly<Record<string, number>>,
  run: RunFigures,
): Attribution {
  const merged = mergeByShare(
    windows.map(({ input, values }) => ({ values: spread(input, values, text.tokens.length), share: input.share })),
    text.tokens.length,
  );
  const special = new Set(
    windows.flatMap(({ input }) => input.positions.filter((token) => text.tokens[token]?.special)),
  );
  return {
    ...plainAttribution(method, scale, run),
    scores: toUnits(
      text,
      merged.map((score, token) => (special.has(token) ? 0 : score)),
      run.units,
      method,
    ),
    specials: [...special].map((token) => ({ token, score: merged[token] ?? 0 })),
    quality,
  };
}

function plainAttribution(method: MethodId, scale: AttributionScale, run: RunFigures): Attribution {
  return {
    method,
    units: run.units,
    scores: [],
    specials: [],
    standardErrors: null,
    scale,
    baseValue: null,
    fullValue: null,
    parameters: run.parameters,
    quality: {},
    converged: null,
    partial: false,
    notes: [],
    evaluations: 0,
    milliseconds: run.milliseconds,
  };
}

/** Values by position of a window as values by token of the text. */
function spread(input: WindowInput, values: ArrayLike<number>, tokens: number): Float64Array {
  const all = new Float64Array(tokens);
  input.positions.forEach((token, position) => {
    all[token] = values[position] ?? 0;
  });
  return all;
}

interface FeatureValues {
  readonly input: WindowInput;
  readonly features: FeatureSet;
  readonly values: ArrayLike<number>;
}

function mergedScores(text: PreparedText, windows: readonly FeatureValues[], units: UnitKind): number[] {
  const [first] = windows;
  const tokens = text.tokens.length;
  if (windows.length === 1 && first && units !== "token") {
    return unitScores(first.features, first.values, unitsOf(text, units));
  }
  const merged = mergeByShare(
    windows.map(({ input, features, values }) => ({
      values: tokenShares(features, values, tokens),
      share: input.share,
    })),
    tokens,
  );
  return toUnits(text, merged, units, "lime");
}

function mergedStandardErrors(
  text: PreparedText,
  windows: readonly WindowResult<LimeResult>[],
  units: UnitKind,
): number[] | null {
  const tokens = text.tokens.map((token) => ({ tokens: [token.index] }));
  const known = windows.flatMap(({ input, features, result }) =>
    result.standardErrors ? [{ input, features, errors: result.standardErrors }] : [],
  );
  const [first] = known;
  if (!first || known.length < windows.length) {
    return null;
  }
  if (known.length === 1) {
    return unitStandardErrors(first.features, first.errors, units === "token" ? tokens : unitsOf(text, units));
  }
  const merged = mergeErrors(
    known.map(({ input, features, errors }) => ({
      values: unitStandardErrors(features, errors, tokens),
      share: input.share,
    })),
    text.tokens.length,
  );
  return units === "token"
    ? merged
    : unitsOf(text, units).map((unit) => Math.hypot(...unit.tokens.map((token) => merged[token] ?? 0)));
}

/** Scores of tokens as scores of units: added up where the method's scores add up, otherwise their mean. */
export function toUnits(text: PreparedText, scores: readonly number[], units: UnitKind, method: MethodId): number[] {
  if (units === "token") {
    return [...scores];
  }
  const additive = addsUp(method);
  return unitsOf(text, units).map(({ tokens }) => {
    const sum = tokens.reduce((total, token) => total + (scores[token] ?? 0), 0);
    return additive ? sum : sum / Math.max(1, tokens.length);
  });
}

function unitsOf(text: PreparedText, units: Exclude<UnitKind, "token">) {
  return units === "word" ? text.words : text.sentences;
}
