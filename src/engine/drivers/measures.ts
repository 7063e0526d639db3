import type { Attribution, Measured, MeasuredMethod, UnitKind } from "../../common/explanation";
import type { MeasureId } from "../../common/measure";
import { blindMethods, type MethodId, methodInfo } from "../../common/method";
import { deviation, type Figure, meanValue } from "../../measures/measure";
import { measureKinds } from "../../measures/registry";
import type { FeatureSet } from "../../methods/features";
import { randomScores } from "../../methods/random";
import type { PreparedText } from "../preparedText";
import type { TextRun } from "../textRun";
import { TextTarget } from "../textTarget";
import { refuseEmpty } from "./masked";

/** Orders that the row of what no information looks like is the mean of. */
const randomOrders = 5;

/** Scores of the features that can be hidden, by a method or by none that knows anything. */
interface Measurable {
  readonly method: MethodId;
  /** Whether a score's sign says for or against the target. */
  readonly signed: boolean;
  readonly features: FeatureSet;
  /** One list for each order; what is measured is their mean. */
  readonly scores: readonly ArrayLike<number>[];
}

/**
 * Measures how faithful the scores of finished methods are, each over the units that it has scores of, and beside them random scores, by the name of that method. Throws
 * `method-unavailable` where hiding all would leave nothing to read.
 */
export async function measureMethods(
  run: TextRun,
  attributions: readonly Attribution[],
  wanted: readonly MeasureId[],
): Promise<MeasuredMethod[]> {
  const { text, request, signal, reporter } = run;
  const measured = measurables(run, attributions);
  reporter.phase("measuring", plannedOf(measured, wanted));
  let before = 0;
  const found: MeasuredMethod[] = [];
  for (const one of measured) {
    const { method, features, scores, signed } = one;
    refuseEmpty(text, "all", [{ inputs: text.inputs, question: { features } }]);
    const target = new TextTarget(run, text.inputs, features);
    const values: Partial<Record<MeasureId, Measured>> = {};
    for (const id of wanted) {
      const figures: Figure[] = [];
      for (const each of scores) {
        const start = before;
        const onProgress = (done: number) => reporter.progress(start + done);
        const control = { seed: request.seed, signal, onProgress };
        figures.push(...listed(await measureKinds[id].run({ target, scores: each, signed }, control)));
        before += measureKinds[id].planned(features.groups.length);
      }
      const [first] = figures;
      if (first) {
        values[id] = { ...(figures.length > 1 ? overOrders(figures, first) : first), evaluations: planned(id, one) };
      }
    }
    found.push({ method, values });
  }
  return found;
}

function listed<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

/** The mean of what a measure finds for several random orders, and how much they scatter. */
function overOrders(figures: readonly Figure[], { curve, scale }: Figure): Figure {
  const values = figures.map(({ value }) => value);
  const mean = (at: number) => meanValue(figures.map((figure) => figure.curve?.y[at] ?? 0));
  return {
    value: meanValue(values),
    spread: deviation(values),
    curve: curve && { x: curve.x, y: curve.x.map((_, at) => mean(at)) },
    scale,
  };
}

/** How many evaluations {@link measureMethods} takes. */
export function plannedMeasuring(
  run: Pick<TextRun, "text" | "request">,
  attributions: readonly Attribution[],
  wanted: readonly MeasureId[],
): number {
  return plannedOf(measurables(run, attributions), wanted);
}

function planned(id: MeasureId, { features, scores }: Measurable): number {
  return scores.length * measureKinds[id].planned(features.groups.length);
}

function plannedOf(measured: readonly Measurable[], wanted: readonly MeasureId[]): number {
  return measured.reduce((sum, one) => sum + wanted.reduce((all, id) => all + planned(id, one), 0), 0);
}

/** What can be measured of some methods, and of random scores. */
function measurables(
  { text, request }: Pick<TextRun, "text" | "request">,
  attributions: readonly Attribution[],
): Measurable[] {
  const informed = attributions.filter(({ method }) => !methodInfo(method).isBlind);
  return [
    ...informed.map(({ method, units, scores }) => ({
      method,
      signed: methodInfo(method).scores === "signed",
      ...measurable(text, units, [scores]),
    })),
    ...blindMethods.map((method) => ({
      method,
      signed: true,
      ...withRandomScores(text, request.units, request.seed),
    })),
  ].filter(({ features }) => features.groups.length > 0);
}

/** The units that have words which can be hidden, with their scores. */
function measurable(
  { tokens, words, sentences, masked }: PreparedText,
  units: UnitKind,
  scores: readonly (readonly number[])[],
): Pick<Measurable, "features" | "scores"> {
  const hidden = new Set(masked);
  const places =
    units === "token" ? tokens.map(({ index }) => ({ tokens: [index] })) : units === "word" ? words : sentences;
  const usable = places.flatMap((place, unit) => {
    const own = place.tokens.filter((token) => tokens[token]?.special === false && !hidden.has(token));
    return own.length === 0 ? [] : [{ unit, tokens: own }];
  });
  return {
    features: { kind: units, groups: usable.map((one) => one.tokens) },
    scores: scores.map((list) => usable.map(({ unit }) => list[unit] ?? 0)),
  };
}

function withRandomScores(text: PreparedText, units: UnitKind, seed: number): Pick<Measurable, "features" | "scores"> {
  const { features } = measurable(text, units, []);
  const scores = Array.from({ length: randomOrders }, (_, order) => randomScores(features.groups.length, seed + order));
  return { features, scores };
}
