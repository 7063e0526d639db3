import { ExplainError } from "../common/errors";
import type { LimeOptions } from "../common/explanation";
import { type Message, message } from "../common/message";
import { adaptiveLime } from "./lime/adaptiveLime";
import { fewestSamples, type LimeResult, plannedLimeEvaluations } from "./lime/limeResult";
import { plainLime } from "./lime/plainLime";
import { type MaskedMethod, type MaskedQuestion, meanOf, type Scored, type Whole } from "./method";
import { isExact, settledNote } from "./settledNote";

/** The fewest evaluations a window of a long text gets of LIME's budget. */
const fewestOfWindow = 64;

/** LIME (Ribeiro et al. 2016), as published or with an estimate of its limit from fewer evaluations: a linear model of the probability near the text. */
export const lime: MaskedMethod = {
  asks: "masked",
  of: "windows",
  hides: "all",
  explainsProbability: true,
  features: (request) => request.lime.features,
  planned(question) {
    const { mode, samples } = optionsOf(question);
    const features = question.features.groups.length;
    const least = Math.min(fewestSamples, 2 ** features);
    if (mode === "adaptive" && samples < least) {
      throw new ExplainError(
        "method-unavailable",
        "Adaptive LIME needs at least {0} evaluations for this text; {1} were asked for. Raise the number of samples.",
        least,
        samples,
      );
    }
    return plannedLimeEvaluations(features, { mode, samples });
  },
  async run(target, question, control, onPartial) {
    const options = optionsOf(question);
    const draw = options.mode === "plain" ? plainLime : adaptiveLime;
    const hear = (known: LimeResult) => onPartial(() => scoredOf(known, options));
    return scoredOf(await draw(target, options, control, hear), options);
  },
  summary(whole, question) {
    const { mode, samples, tolerance, keep } = optionsOf(question);
    const { parts, isPartial, scale } = whole;
    return {
      parameters: {
        seed: question.request.seed,
        samples,
        baseline: question.baseline,
        sampling: mode,
        features: question.features.kind,
        keep,
        ...(mode === "adaptive" ? { tolerance } : {}),
      },
      quality: { r2: meanOf(parts, ({ figures }) => figures?.r2 ?? 0) },
      notes: [
        ...(scale === "number" ? [fitsNumber] : []),
        ...(isPartial || mode === "plain" ? [] : [settledNote(whole, tolerance)]),
        ...(isPartial ? [] : cautions(whole, mode)),
      ],
    };
  },
};

/** The options for one window, which gets its part of the samples. */
function optionsOf({ request, windows }: MaskedQuestion): Omit<LimeOptions, "features"> {
  const { samples } = request.lime;
  return {
    ...request.lime,
    samples: windows === 1 ? samples : Math.max(fewestOfWindow, Math.floor(samples / windows)),
  };
}

function scoredOf(result: LimeResult, { mode }: Pick<LimeOptions, "mode">): Scored {
  const { coefficients, standardErrors, intercept, fullValue, r2, evaluations, end } = result;
  return {
    values: coefficients,
    standardErrors,
    // Where nothing can be left out, nothing was evaluated and there is no sum.
    sum: coefficients.length === 0 ? null : { base: intercept, full: fullValue },
    converged: mode === "plain" ? null : end === "exact" || end === "tolerance",
    evaluations,
    figures: { r2, exact: end === "exact" ? 1 : 0 },
  };
}

const fitsNumber = message("The model gives no probability: LIME fits the number itself.");

/** With so few features nearly all weight lies on the whole text, and the penalty of plain LIME's ridge outweighs the rest. */
const mostShrunk = 2;

/** What keeps a fit from being taken at its word: fewer rows than its numbers, and words that show one score in several places. */
function cautions({ parts, isRepeated }: Whole, mode: LimeOptions["mode"]): Message[] {
  const fewest = Math.min(...parts.map(({ scored }) => scored.values.length));
  const scarce = parts.find(
    (part) => !isExact(part) && part.scored.evaluations > 0 && part.scored.evaluations < part.scored.values.length + 2,
  );
  return [
    ...(scarce
      ? [
          message(
            "Only {0} evaluations for {1} words or tokens: the scores and R² say little. Raise the number of samples to at least {2}.",
            scarce.scored.evaluations,
            scarce.scored.values.length,
            scarce.scored.values.length + 2,
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
    ...(isRepeated
      ? [
          message(
            "A word that stands in several places has one coefficient, that of hiding it everywhere, and shows it at each; so scores do not add up.",
          ),
        ]
      : []),
  ];
}
