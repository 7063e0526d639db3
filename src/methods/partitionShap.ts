import { type Message, message } from "../common/message";
import { defaultOptions } from "../common/options";
import { type MaskedMethod, type MaskedQuestion, meanFigures, type Scored, type Whole } from "./method";
import { type OwenNode, owenCost, owenTree, plannedOwenEvaluations } from "./owen/owenTree";
import { type OwenResult, owenValues } from "./owen/owenValues";

/** Owen values of a text on its own tree, down to what gets a score; where they cannot open all of it, what is left is shared as relevance shares it. */
export const partitionShap: MaskedMethod = {
  asks: "masked",
  of: "text",
  hides: "all",
  guide: {
    method: "lrp",
    // However much is opened in the end, there is something to see on the way.
    isWanted: (question, isAsked) =>
      question.features.groups.length > 0 &&
      question.request.owen.guided &&
      (isAsked || !opensAll(question) || isLong(question)),
  },
  planned: (question) =>
    question.features.groups.length === 0 ? 0 : plannedOwenEvaluations(treeOf(question), samplesOf(question)),
  async run(target, question, control, onPartial) {
    if (target.features === 0) {
      return { values: [], sum: null, converged: true, evaluations: 0 };
    }
    const options = { samples: samplesOf(question), guide: question.guide };
    const result = await owenValues(target, treeOf(question), options, control, (known) => {
      // Without a guide all of a block would be coloured until it is opened, and most of it not after that.
      if (question.guide) {
        onPartial(() => scoredOf(known()));
      }
    });
    return scoredOf(result);
  },
  summary(whole, question) {
    const isEmpty = question.features.groups.length === 0;
    const guided = !isEmpty && question.guide !== null && !opensAll(question);
    const { shared: _, ...quality } = meanFigures(whole.parts);
    return {
      parameters: {
        samples: isEmpty ? 0 : samplesOf(question),
        guide: guided ? "lrp" : null,
        baseline: question.baseline,
        features: question.features.kind,
      },
      quality,
      notes: whole.isPartial ? [] : [noteOn(whole, guided)],
    };
  },
};

function treeOf({ tree }: MaskedQuestion): OwenNode {
  return owenTree(tree());
}

function samplesOf({ request, affords }: MaskedQuestion): number {
  return request.owen.samples ?? affords(request.effort);
}

/** Whether the evaluations asked for open every block. */
function opensAll(question: MaskedQuestion): boolean {
  return samplesOf(question) >= owenCost(treeOf(question));
}

/** Whether it takes longer than by default. */
function isLong(question: MaskedQuestion): boolean {
  return plannedOwenEvaluations(treeOf(question), samplesOf(question)) > question.affords(defaultOptions.effort);
}

/** `measured` is how much of a score, on average, was measured by itself, 0 to 1; `shared` is how many scores are not all measured, but share what their block does. */
function scoredOf({ scores, own, baseValue, fullValue, complete, evaluations }: OwenResult): Scored {
  return {
    values: scores,
    sum: { base: baseValue, full: fullValue },
    converged: complete || null,
    evaluations,
    figures: {
      measured: own.reduce((sum, share) => sum + share, 0) / own.length,
      // Shares are sums of powers of two, and exact.
      shared: complete ? 0 : own.filter((share) => share < 1).length,
    },
  };
}

function noteOn({ parts, evaluations }: Whole, guided: boolean): Message {
  if (evaluations === 0) {
    return message("No word is left that could be left out.");
  }
  if (parts.every(({ scored }) => scored.converged)) {
    return message("Complete: every score is measured, none is estimated.");
  }
  const { measured, shared } = meanFigures(parts);
  return message(
    guided
      ? "Estimated: {0} evaluations measured blocks of the text, those with the largest effects first. {2} of {3} scores share what their block does, by relevance (AttnLRP), at least in part; on average, {1} % of a score is measured."
      : "Estimated: {0} evaluations measured blocks of the text, those with the largest effects first. {2} of {3} scores share what their block does, equally, at least in part; on average, {1} % of a score is measured.",
    evaluations,
    Math.round((measured ?? 0) * 100),
    shared ?? 0,
    parts.reduce((most, { scored }) => Math.max(most, scored.values.length), 0),
  );
}
