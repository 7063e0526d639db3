import { ExplainError } from "../../common/errors";
import { formatPercent } from "../../common/format";
import { message } from "../../common/message";
import type { MaskedTarget } from "../maskedTarget";
import { excessOf } from "../maths/excess";
import {
  largestFigure,
  type MaskedMethod,
  type MaskedQuestion,
  type Scored,
  type Summary,
  type Whole,
} from "../method";
import type { MethodRun } from "../methodRun";
import { settledNote } from "../settledNote";
import type { Interactions } from "./interactions";

/** Shapley values from some of the subsets, or all: base value + scores = full value, however many were evaluated. */
export interface ShapleyResult {
  readonly scores: Float64Array;
  /** Of each score; infinite where too little is known to say, 0 where every subset was evaluated. */
  readonly standardErrors: Float64Array;
  /** f(nothing kept) and f(everything kept), on the scale of the target's own value. */
  readonly baseValue: number;
  readonly fullValue: number;
  /** Of each pair of features, where it was asked for. */
  readonly pairs?: Interactions;
  readonly evaluations: number;
  /** Why no more was evaluated: all subsets were, the accuracy asked for is reached, or the budget is used up; `null` on the way. */
  readonly end: "exact" | "tolerance" | "samples" | null;
}

/** How far an estimate of Shapley values goes. */
export interface ShapleyLimits {
  /** Evaluations at most. */
  readonly samples: number;
  /** It stops when no score is likely to be off by more than this fraction of the largest. */
  readonly tolerance: number;
}

/** From this share of the largest score on, a standard error is said to be large. */
const largeError = 0.25;
/** Errors under one in a million are small enough whatever the scores are. */
const negligible = 1e-6;

/**
 * The evaluations that one window of a text gets: of those asked for, an equal part; else what the effort affords, but `usual` at least. Throws `method-unavailable` where those asked for are
 * under `fewest`. All 2ⁿ subsets are the most there is.
 */
export function shapleySamples(
  { request, features, windows, affords }: MaskedQuestion,
  { fewest, usual }: { readonly fewest: number; readonly usual: number },
): number {
  const all = 2 ** features.groups.length;
  const asked = request.shapley.samples;
  if (asked === null) {
    return Math.min(all, Math.max(affords(request.effort), usual));
  }
  if (asked < Math.min(fewest, all) * windows) {
    throw new ExplainError(
      "method-unavailable",
      "Shapley values need at least {0} evaluations for this text; {1} were asked for. Raise the number of samples, or score words or sentences.",
      Math.min(fewest, all) * windows,
      asked,
    );
  }
  return Math.min(all, Math.floor(asked / windows));
}

/** Whether no score, of a feature or a pair, is likely to be off by more than the tolerance allows. */
export function isSettled(
  result: Pick<ShapleyResult, "scores" | "standardErrors" | "pairs">,
  tolerance: number,
): boolean {
  const { largest, errors } = accuracyOf(result);
  return excessOf(errors, Math.max(tolerance * largest, negligible)) <= 1;
}

function accuracyOf({ scores, standardErrors, pairs }: Pick<ShapleyResult, "scores" | "standardErrors" | "pairs">): {
  readonly largest: number;
  readonly errors: Float64Array;
} {
  const most = (values: Float64Array) => values.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
  return pairs
    ? {
        largest: Math.max(most(scores), most(pairs.values)),
        errors: Float64Array.of(...standardErrors, ...pairs.standardErrors),
      }
    : { largest: most(scores), errors: standardErrors };
}

/** A result as a method's numbers for one window; its figure is the largest standard error as a share of the largest score. */
function shapleyScored(result: ShapleyResult): Scored {
  const { scores, standardErrors, pairs, baseValue, fullValue, evaluations, end } = result;
  const { largest, errors } = accuracyOf(result);
  const error = errors.reduce((most, one) => Math.max(most, one), 0);
  return {
    values: scores,
    standardErrors,
    ...(pairs ? { pairs } : {}),
    sum: { base: baseValue, full: fullValue },
    converged: end === "exact" || end === "tolerance",
    evaluations,
    figures: {
      exact: end === "exact" ? 1 : 0,
      ...(Number.isFinite(error) ? { largestError: error / (largest || 1) } : {}),
    },
  };
}

/** What is said of Shapley values. */
function shapleySummary(whole: Whole, { request, baseline, features }: MaskedQuestion): Summary {
  const { parts, isPartial, evaluations } = whole;
  const isKnown = parts.every(({ scored }) => scored.figures?.largestError !== undefined);
  const error = largestFigure(parts, "largestError");
  return {
    parameters: {
      seed: request.seed,
      samples: request.shapley.samples,
      tolerance: request.shapley.tolerance,
      baseline,
      features: features.kind,
    },
    quality: isKnown && evaluations > 0 ? { largestError: error } : {},
    notes: isPartial
      ? []
      : [
          settledNote(whole, request.shapley.tolerance),
          ...(error >= largeError
            ? [
                message(
                  "Errors are large: the largest standard error is {0} of the largest score. Raise the effort or the number of samples.",
                  formatPercent(error),
                ),
              ]
            : []),
        ],
  };
}

/** A way to estimate Shapley values. */
interface ShapleyEstimator {
  /** The fewest evaluations that it can do with. */
  fewest(features: number): number;
  /** What it takes at least where nobody said how many, for an effort in seconds. */
  usual(features: number, effort: number): number;
  /** How many it asks for at most. */
  planned(features: number, samples: number): number;
  estimate(
    target: MaskedTarget,
    limits: ShapleyLimits,
    run: MethodRun,
    onResult: (result: () => ShapleyResult) => void,
  ): Promise<ShapleyResult>;
}

/** The method that estimates Shapley values in that way, window by window: those of a text in windows are the mean of its windows'. */
export function shapleyMethod({ fewest, usual, planned, estimate }: ShapleyEstimator): MaskedMethod {
  const samplesOf = (question: MaskedQuestion) => {
    const features = question.features.groups.length;
    return shapleySamples(question, { fewest: fewest(features), usual: usual(features, question.request.effort) });
  };
  return {
    asks: "masked",
    of: "windows",
    hides: "all",
    planned: (question) => {
      const features = question.features.groups.length;
      return features === 0 ? 0 : planned(features, samplesOf(question));
    },
    async run(target, question, control, onPartial) {
      if (target.features === 0) {
        return { values: [], sum: null, converged: true, evaluations: 0 };
      }
      const limits = { samples: samplesOf(question), tolerance: question.request.shapley.tolerance };
      return shapleyScored(await estimate(target, limits, control, (known) => onPartial(() => shapleyScored(known()))));
    },
    summary: shapleySummary,
  };
}
