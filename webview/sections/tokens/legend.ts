import type { ClassColours } from "../../../src/common/classColours";
import type { Attribution, Explanation } from "../../../src/common/explanation";
import { methodInfo, type ScoreKind } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { element } from "../../dom";
import { predictionDrawings } from "../../prediction/registry";

/** What the colours of the text mean. */
export interface LegendModel {
  readonly explanation: Explanation;
  readonly scores: ScoreKind;
  readonly classes: ClassColours | null;
  /** Whose attention is drawn as bars. */
  readonly attention: Attribution | undefined;
}

/** The line under the text that says what its colours and bars mean. */
export function legend({ explanation, scores, classes, attention }: LegendModel, strings: PanelStrings): HTMLElement[] {
  const scale =
    scores === "signed" ? signedScale(explanation, classes, strings) : unsignedScale(scores === "attention", strings);
  const parts = [element("span", { class: "with-sample" }, ...scale)];
  if (attention) {
    const sample = element("span", { class: "bar-sample", attributes: { "aria-hidden": "true" } });
    const words = fill(strings.legendAttention, methodInfo(attention.method).label);
    parts.push(element("span", { class: "with-sample" }, sample, words));
  }
  return parts;
}

function signedScale(explanation: Explanation, classes: ClassColours | null, strings: PanelStrings): HTMLElement[] {
  const { hues } = predictionDrawings[explanation.prediction.kind];
  const { against, supports } = hues(explanation.target, classes, strings);
  return [
    element("span", {}, ...against),
    swatches([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5], "data-bucket"),
    element("span", {}, ...supports),
  ];
}

function unsignedScale(isAttention: boolean, strings: PanelStrings): HTMLElement[] {
  return [
    element("span", { text: strings.legendLittle }),
    swatches([0, 1, 2, 3, 4, 5], isAttention ? "data-heat" : "data-size"),
    element("span", { text: isAttention ? strings.legendAttentionMuch : strings.legendMuch }),
  ];
}

function swatches(buckets: readonly number[], attribute: string): HTMLElement {
  const swatch = (bucket: number): HTMLElement =>
    element("span", { class: "swatch", attributes: { [attribute]: String(bucket) } });
  return element("span", { class: "swatches", attributes: { "aria-hidden": "true" } }, ...buckets.map(swatch));
}
