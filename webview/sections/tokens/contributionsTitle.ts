import type { Attribution, AttributionScale, Explanation, Target } from "../../../src/common/explanation";
import { methodInfo, type ScoreKind } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";

/** A heading: a template and the labels that fill it. */
export type Title = readonly [template: string, ...labels: string[]];

type TitleOf = (strings: PanelStrings, target: Target, scores: ScoreKind) => Title;

const titles: { readonly [K in AttributionScale]: TitleOf } = {
  probability: (strings, { label }) => [strings.contributionsProbability, label],
  logit: (strings, { label }) => [strings.contributionsLogit, label],
  "log-odds": (strings, { label, versus }) => [strings.contributionsLogOdds, label, versus ?? strings.nothingElse],
  number: (strings, { label }) => [strings.contributionsNumber, label],
  "log-probability": (strings, { label }) => [strings.contributionsLogProbability, label],
  span: (strings, { label }) => [strings.contributionsNumber, label],
  cosine: (strings, { label }) => [strings.contributionsNumber, label],
  attention: (strings) => [strings.contributionsAttention],
  none: (strings, _target, scores) => [scores === "size" ? strings.contributionsSize : strings.contributionsPlain],
};

/** What the bars of a method say, as their heading. */
export function contributionsTitle(
  { target }: Explanation,
  attribution: Attribution | undefined,
  strings: PanelStrings,
): Title {
  const scores = attribution ? methodInfo(attribution.method).scores : "signed";
  return titles[attribution?.scale ?? "none"](strings, target, scores);
}
