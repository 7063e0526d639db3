import { classColours, colourSign, type PerClass } from "../common/classColours";
import { addedUp, attentionBars, faintestOf, type Measured, scoreBuckets } from "../common/colourScale";
import { type Attribution, attributionOf, type Explanation, type Segment } from "../common/explanation";
import { importanceOf } from "../common/importance";
import { addsUp, type ColouringChoice, type MethodId, methodInfo } from "../common/method";
import { strengthsOf } from "../common/prediction/registry";
import { measuredUnit, scoredUnits } from "../common/scoredUnits";
import type { Span } from "./trackedRange";

/** A stretch of one of the texts of an explanation. */
export interface TextSpan extends Span {
  readonly segment: Segment;
}

/** A stretch of a text with its colours: `importance` −5 to 5, `attention` and `own`, that of the prediction, 0 to 5 (0: none). Offsets are relative to the text. */
export interface PaintedSpan extends TextSpan {
  readonly importance: number;
  readonly attention: number;
  readonly own: number;
}

/** Which methods give the two channels; `null` switches a channel off. */
export interface PaintOptions {
  readonly importance: ColouringChoice | null;
  readonly attention: MethodId | null;
  readonly perClass: PerClass;
  /** Whether the colours are those of the prediction, in place of importance. */
  readonly own?: boolean;
}

/** The attribution behind the bar under the text: the wanted method, or the first whose scores are attention. */
function attentionOf(explanation: Explanation, wanted: MethodId | null): Attribution | undefined {
  if (!wanted) {
    return undefined;
  }
  return (
    attributionOf(explanation, wanted) ??
    explanation.attributions.find(({ method }) => methodInfo(method).scores === "attention")
  );
}

/** Takes white space off both ends of a stretch; `null` when nothing is left. */
export function trimSpan(text: string, span: Span): Span | null {
  let { start, end } = span;
  while (start < end && /\s/.test(text.charAt(start))) {
    start += 1;
  }
  while (end > start && /\s/.test(text.charAt(end - 1))) {
    end -= 1;
  }
  return start < end ? { start, end } : null;
}

/** The text of an explanation that a segment stands for. */
export function textOf({ text, pair }: Pick<Explanation, "text" | "pair">, segment: Segment): string {
  return segment === 0 ? text : (pair ?? "");
}

/** Makes one number of a stretch's two ends and its text, for texts of up to 16 million units. */
const keyStep = 2 ** 24;

function keyOf({ segment, start, end }: TextSpan): number {
  return (segment * keyStep + start) * keyStep + end;
}

/** A stretch with its score and the number of tokens in it. */
interface Scored {
  readonly span: TextSpan;
  measured: Measured;
  tokens: number;
}

/** The scores of one attribution by trimmed stretch; tokens that share a stretch (the bytes of one character) are added up, or the largest is taken. */
function scoresBySpan(explanation: Explanation, attribution: Attribution): Map<number, Scored> {
  const additive = addsUp(attribution.method);
  const result = new Map<number, Scored>();
  for (const unit of scoredUnits(explanation, attribution)) {
    const { segment } = unit;
    const trimmed = trimSpan(textOf(explanation, segment), unit);
    const measured = measuredUnit(unit);
    if (!trimmed || !Number.isFinite(measured.score)) {
      continue;
    }
    const span = { ...trimmed, segment };
    const key = keyOf(span);
    const known = result.get(key);
    if (!known) {
      result.set(key, { span, measured, tokens: unit.tokens.length });
      continue;
    }
    known.tokens += 1;
    if (additive) {
      known.measured = addedUp([known.measured, measured]);
    } else if (measured.score > known.measured.score) {
      known.measured = measured;
    }
  }
  return result;
}

/** The colours of an explanation's texts, each in order of place; stretches without any colour are left out. */
export function paintPlan(explanation: Explanation, options: PaintOptions): PaintedSpan[] {
  const sign = colourSign(explanation, classColours(explanation, options.perClass));
  const plan = new Map<number, TextSpan & { importance: number; attention: number; own: number }>();
  const painted = (span: TextSpan) => {
    const key = keyOf(span);
    const known = plan.get(key) ?? { ...span, importance: 0, attention: 0, own: 0 };
    plan.set(key, known);
    return known;
  };
  const add = (attribution: Attribution | undefined, channel: "importance" | "attention"): void => {
    if (!attribution) {
      return;
    }
    const scores = scoresBySpan(explanation, attribution);
    const drawn = [...scores.values()];
    const buckets =
      channel === "importance"
        ? scoreBuckets(
            drawn.map(({ measured }) => measured),
            faintestOf(attribution),
          )
        : attentionBars(drawn.map(({ measured, tokens }) => ({ weight: measured.score, tokens })));
    for (const [place, { span }] of drawn.entries()) {
      const bucket = (channel === "importance" ? sign : 1) * (buckets[place] ?? 0);
      if (bucket === 0) {
        continue;
      }
      painted(span)[channel] = bucket;
    }
  };
  if (options.own) {
    for (const [token, strength] of strengthsOf(explanation.prediction) ?? []) {
      for (const span of strength > 0 ? tokenSpans(explanation, [token]) : []) {
        const place = painted(span);
        place.own = Math.max(place.own, strength);
      }
    }
  } else {
    add(importanceOf(explanation, options.importance), "importance");
  }
  add(attentionOf(explanation, options.attention), "attention");
  return [...plan.values()].sort((a, b) => a.segment - b.segment || a.start - b.start || a.end - b.end);
}

/** Where tokens of an explanation stand in its texts. */
export function tokenSpans(explanation: Explanation, tokens: readonly number[]): TextSpan[] {
  return tokens.flatMap((index) => {
    const token = explanation.tokens[index];
    const span = token && trimSpan(textOf(explanation, token.segment), token);
    return span ? [{ ...span, segment: token.segment }] : [];
  });
}

/** How opaque stale text is: dimmer at a glance, and still readable. */
export const staleOpacity = 0.75;

/** The importance bucket of a stale stretch: the same hue, much paler. */
export function dimBucket(bucket: number): number {
  return Math.sign(bucket) * Math.floor((Math.abs(bucket) + 1) / 3);
}
