import type { Attribution, MeasuredMethod, UnitKind } from "../../common/explanation";
import type { MeasureId } from "../../common/measure";
import { type MethodId, methodIds, methodInfo } from "../../common/method";
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
  const informed = attributions.filter(({ method }) => !methodInfo(method).isBlind);
  const measured = [
    ...informed.map(({ method, units, scores }) => ({ method, ...measurable(text, units, [scores]) })),
    ...blind.map((method) => ({ method, ...withRandomScores(text, request.units, request.seed) })),
  ].filter(({ features }) => features.groups.length > 0);
  const planned = (id: MeasureId, { features, scores }: Measurable) =>
    scores.length * measureKinds[id].planned(features.groups.length);
  const total = measured.reduce((sum, one) => sum + wanted.reduce((all, id) => all + planned(id, one), 0), 0);
  reporter.phase("measuring", total);
  let before = 0;
  const found: MeasuredMethod[] = [];
  for (const one of measured) {
    const { method, features, scores } = one;
    refuseEmpty(text, "all", [{ inputs: text.inputs, question: { features } }]);
    const target = new TextTarget(run, text.inputs, features);
    const values: Partial<Record<MeasureId, number>> = {};
    for (const id of wanted) {
      let sum = 0;
      for (const each of scores) {
        const start = before;
        const onProgress = (done: number) => reporter.progress(start + done);
        sum += await measureKinds[id].run({ target, scores: each }, { signal, onProgress });
        before += measureKinds[id].planned(features.groups.length);
      }
      values[id] = sum / scores.length;
    }
    found.push({ method, values });
  }
  return found;
}

const blind = methodIds.filter((id) => methodInfo(id).isBlind);

/** The units that have words which can be hidden, with their scores. */
function measurable(
  { tokens, words, sentences, masked }: PreparedText,
  units: UnitKind,
  scores: readonly (readonly number[])[],
): Omit<Measurable, "method"> {
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

function withRandomScores(text: PreparedText, units: UnitKind, seed: number): Omit<Measurable, "method"> {
  const { features } = measurable(text, units, []);
  const scores = Array.from({ length: randomOrders }, (_, order) => randomScores(features.groups.length, seed + order));
  return { features, scores };
}
