import type { Attribution } from "../common/explanation";
import { type Message, message } from "../common/message";
import { type FeatureSet, featureSet, tokenShares, unitScores } from "../methods/features";
import { owenTree, plannedOwenEvaluations } from "../methods/owen/owenTree";
import { type OwenResult, owenValues } from "../methods/owen/owenValues";
import { targetKind } from "../tasks/classification";
import { textTree } from "../text/textTree";
import { refuseEmpty, replacedBy } from "./perturbationAttribution";
import { figuresOf, type TextRun } from "./textRun";
import { WholeTextTarget } from "./wholeTextTarget";

/** Owen values of a text on its own tree, down to the units of the request; `onPartial` hears what is known so far whenever somebody wants to see it. */
export async function owenOnText(run: TextRun, onPartial: (partial: Attribution) => void): Promise<Attribution> {
  const { text, request, signal, reporter } = run;
  const { samples } = request.lime;
  const start = performance.now();
  const masked = new Set(text.masked);
  const features = featureSet(request.units, text, ({ index }) => !masked.has(index));
  if (features.groups.length === 0) {
    reporter.phase("partitionShap", 0);
    return attributionOf(run, features, null, start);
  }
  const content = features.groups.flat();
  refuseEmpty(
    text,
    text.inputs.map((input) => ({ input, groups: [content.filter((token) => input.positions.includes(token))] })),
  );
  const tree = owenTree(textTree(text, features.groups));
  reporter.phase("partitionShap", plannedOwenEvaluations(tree, samples));
  const control = { signal, onProgress: (done: number) => reporter.progress(done) };
  const result = await owenValues(new WholeTextTarget(run, features), tree, { samples }, control, (partial) => {
    if (reporter.wantsPartial) {
      onPartial({ ...attributionOf(run, features, partial, start), converged: null, partial: true, notes: [] });
    }
  });
  return attributionOf(run, features, result, start);
}

/** Owen values as they are shown; `null` where nothing could be left out. */
function attributionOf(run: TextRun, features: FeatureSet, result: OwenResult | null, start: number): Attribution {
  const { text, target, request } = run;
  const { units } = request;
  const values = result?.scores ?? [];
  const figures = figuresOf(run, start, {
    samples: request.lime.samples,
    baseline: replacedBy(request.baseline),
    features: features.kind,
  });
  return {
    method: "partitionShap",
    ...figures,
    scores:
      units === "token"
        ? tokenShares(features, values, text.tokens.length)
        : unitScores(features, values, units === "word" ? text.words : text.sentences),
    standardErrors: null,
    specials: [],
    scale: targetKind(run.model.head, target),
    baseValue: result?.baseValue ?? null,
    fullValue: result?.fullValue ?? null,
    quality: result ? { own: result.own.reduce((sum, share) => sum + share, 0) / result.own.length } : {},
    converged: result?.complete ?? true,
    partial: false,
    notes: [noteOn(result)],
    evaluations: result?.evaluations ?? 0,
  };
}

function noteOn(result: OwenResult | null): Message {
  if (!result) {
    return message("No word is left that could be left out.");
  }
  if (result.complete) {
    return message("Complete: every block of the text was opened.");
  }
  const { own } = result;
  return message(
    "Of {2} parts, {1} share part of their block's score, {0} share all of it. More evaluations open more blocks.",
    own.filter((share) => share === 0).length,
    own.filter((share) => share > 0 && share < 1).length,
    own.length,
  );
}
