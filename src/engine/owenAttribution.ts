import type { Attribution } from "../common/explanation";
import { type Message, message } from "../common/message";
import { defaultOptions } from "../common/options";
import { type FeatureSet, featureSet, tokenShares, unitScores } from "../methods/features";
import { owenCost, owenTree, plannedOwenEvaluations } from "../methods/owen/owenTree";
import { type OwenResult, owenValues } from "../methods/owen/owenValues";
import { affordedRows } from "../methods/plan";
import { targetKind } from "../tasks/classification";
import { textTree } from "../text/textTree";
import { refuseEmpty, replacedBy } from "./perturbationAttribution";
import { figuresOf, type TextRun } from "./textRun";
import { WholeTextTarget } from "./wholeTextTarget";

/**
 * Owen values of a text on its own tree, down to the units of the request. Where the evaluations do not open every block or take longer than by default, and where relevance is wanted anyway, `guideOf` is asked for a
 * first guess of each token's score. With one, `onPartial` hears what is known so far whenever somebody wants to see it, and how many rows of the whole text that took.
 */
export async function owenOnText(
  run: TextRun,
  guideOf: () => Promise<readonly number[] | null>,
  onPartial: (partial: Attribution, rows: number) => void,
): Promise<Attribution> {
  const { model, text, request, signal, reporter } = run;
  const start = performance.now();
  const masked = new Set(text.masked);
  const features = featureSet(request.units, text, ({ index }) => !masked.has(index));
  if (features.groups.length === 0) {
    reporter.phase("partitionShap", 0);
    return attributionOf(run, features, null, { samples: 0, guided: false }, start);
  }
  const content = features.groups.flat();
  refuseEmpty(
    text,
    text.inputs.map((input) => ({ input, groups: [content.filter((token) => input.positions.includes(token))] })),
  );
  const tree = owenTree(textTree(text, features.groups));
  const work = text.inputs.reduce((sum, { row }) => sum + model.session.runWork(row.ids.length), 0);
  const samples = request.owen.samples ?? affordedRows(request.effort, work);
  const isOpen = samples < owenCost(tree);
  const planned = plannedOwenEvaluations(tree, samples);
  // However much is opened in the end, there is something to see on the way.
  const isLong = planned > affordedRows(defaultOptions.effort, work);
  const wantsGuide = request.owen.guided && (isOpen || isLong || request.methods.includes("lrp"));
  const byToken = wantsGuide ? await guideOf() : null;
  const guide = byToken && features.groups.map((group) => group.reduce((sum, token) => sum + (byToken[token] ?? 0), 0));
  const asked = { samples, guided: guide !== null && isOpen };
  reporter.phase("partitionShap", planned);
  const control = { signal, onProgress: (done: number) => reporter.progress(done) };
  const result = await owenValues(new WholeTextTarget(run, features), tree, { samples, guide }, control, (result) => {
    // Without a guide all of a block would be coloured until it is opened, and most of it not after that.
    if (guide && reporter.wantsPartial) {
      const partial = result();
      const found = attributionOf(run, features, partial, asked, start);
      onPartial({ ...found, converged: null, partial: true, notes: [] }, Math.floor(partial.spent));
    }
  });
  return attributionOf(run, features, result, asked, start);
}

/** Owen values as they are shown; `null` where nothing could be left out. */
function attributionOf(
  run: TextRun,
  features: FeatureSet,
  result: OwenResult | null,
  { samples, guided }: { readonly samples: number; readonly guided: boolean },
  start: number,
): Attribution {
  const { text, target, request } = run;
  const { units } = request;
  const values = result?.scores ?? [];
  const figures = figuresOf(run, start, {
    samples,
    guide: guided ? "lrp" : null,
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
    quality: result ? { measured: measuredShare(result) } : {},
    converged: (result?.complete ?? true) || null,
    partial: false,
    notes: [noteOn(result, guided)],
    evaluations: result?.evaluations ?? 0,
  };
}

function noteOn(result: OwenResult | null, guided: boolean): Message {
  if (!result) {
    return message("No word is left that could be left out.");
  }
  if (result.complete) {
    return message("Complete: every score is measured, none is estimated.");
  }
  return message(
    guided
      ? "Estimated: {0} evaluations measured blocks of the text, those with the largest effects first. On average, {1} % of a score is measured; the rest is a share of what its block does, by relevance (AttnLRP)."
      : "Estimated: {0} evaluations measured blocks of the text, those with the largest effects first. On average, {1} % of a score is measured; the rest is an equal share of what its block does.",
    result.evaluations,
    Math.round(measuredShare(result) * 100),
  );
}

/** How much of a score, on average, was measured by itself, 0 to 1. */
function measuredShare({ own }: OwenResult): number {
  return own.reduce((sum, share) => sum + share, 0) / own.length;
}
