import { ExplainError } from "../common/errors";
import type { Attribution, Baseline, LimeOptions } from "../common/explanation";
import { type FeatureSet, featureSet } from "../methods/features";
import { adaptiveLime } from "../methods/lime/adaptiveLime";
import { fewestSamples, type LimeResult } from "../methods/lime/limeResult";
import { plainLime } from "../methods/lime/plainLime";
import { type OcclusionResult, occlusion } from "../methods/occlusion";
import { plannedEvaluations } from "../methods/registry";
import { targetKind } from "../tasks/classification";
import { limeAttribution, occlusionAttribution, type WindowResult } from "./attributions";
import { tokenBaseline } from "./baseline";
import type { PreparedText, WindowInput } from "./preparedText";
import { figuresOf, type TextRun } from "./textRun";
import { TextTarget } from "./textTarget";

/** The fewest evaluations a window of a long text gets of LIME's budget. */
const fewestLimeSamples = 64;

/** Runs LIME on every window of a text; `onPartial` hears what is known so far whenever somebody wants to see it, with the evaluations done. */
export async function limeOnText(
  run: TextRun,
  onPartial: (partial: Attribution, evaluations: number) => void,
): Promise<Attribution> {
  const { text, request, signal, reporter } = run;
  const { lime, seed } = request;
  const kind = lime.features ?? request.units;
  const windows = text.inputs.length;
  const samples = windows === 1 ? lime.samples : Math.max(fewestLimeSamples, Math.floor(lime.samples / windows));
  const options = { ...lime, samples };
  const parameters = {
    seed,
    samples,
    baseline: replacedBy(request.baseline),
    sampling: lime.mode,
    features: kind,
    keep: lime.keep,
    ...(lime.mode === "adaptive" ? { tolerance: lime.tolerance } : {}),
  };
  const start = performance.now();
  const plan = planOf(text, kind);
  refuseEmpty(
    text,
    plan.map(({ input, features }) => ({ input, groups: [features.groups.flat()] })),
  );
  refuseFew(plan, options);
  const planned = plan.map(({ features }) =>
    plannedEvaluations("lime", features.groups.length, { ...request, lime: options }),
  );
  reporter.phase("lime", sum(planned));
  const scale = run.model.head.gives === "number" ? "number" : "probability";
  const results: WindowResult<LimeResult>[] = [];
  const attribution = (all: readonly WindowResult<LimeResult>[]) =>
    limeAttribution(text, all, options, scale, figuresOf(run, start, parameters));
  for (const { input, features } of plan) {
    const before = evaluationsOf(results);
    const control = { seed, signal, onProgress: (done: number) => reporter.progress(before + done) };
    const onResult = (result: LimeResult) => {
      if (reporter.wantsPartial) {
        onPartial(attribution([...results, { input, features, result }]), before + result.evaluations);
      }
    };
    const target = targetOn(run, input, features);
    const result =
      lime.mode === "plain"
        ? await plainLime(target, options, control, onResult)
        : await adaptiveLime(target, options, control, onResult);
    results.push({ input, features, result });
  }
  return attribution(results);
}

/** Leaves out one unit after the other in every window of a text. */
export async function occlusionOnText(run: TextRun): Promise<Attribution> {
  const { text, target, request, signal, reporter } = run;
  const { units } = request;
  const start = performance.now();
  const plan = planOf(text, units);
  refuseEmpty(
    text,
    plan.map(({ input, features }) => ({ input, groups: features.groups })),
  );
  const planned = plan.map(({ features }) => plannedEvaluations("occlusion", features.groups.length, request));
  reporter.phase("occlusion", sum(planned));
  const results: WindowResult<OcclusionResult>[] = [];
  for (const { input, features } of plan) {
    const before = evaluationsOf(results);
    const onProgress = (done: number) => reporter.progress(before + done);
    results.push({ input, features, result: await occlusion(targetOn(run, input, features), { signal, onProgress }) });
  }
  const parameters = { baseline: replacedBy(request.baseline) };
  return occlusionAttribution(text, results, targetKind(run.model.head, target), figuresOf(run, start, parameters));
}

/** Throws `method-unavailable` where fewer evaluations are asked for than adaptive LIME can say anything from. */
function refuseFew(plan: readonly PlannedWindow[], { mode, samples }: Pick<LimeOptions, "mode" | "samples">): void {
  const least = Math.max(...plan.map(({ features }) => Math.min(fewestSamples, 2 ** features.groups.length)));
  if (mode === "adaptive" && samples < least) {
    throw new ExplainError(
      "method-unavailable",
      "Adaptive LIME needs at least {0} evaluations for this text; {1} were asked for. Raise the number of samples.",
      least,
      samples,
    );
  }
}

/** Throws `method-unavailable` where deleting one of the groups of tokens would leave nothing to read. */
export function refuseEmpty(
  { baseline }: PreparedText,
  windows: readonly { readonly input: WindowInput; readonly groups: readonly (readonly number[])[] }[],
): void {
  const isEmptied = windows.some(({ input, groups }) => groups.some(({ length }) => length === input.positions.length));
  if (baseline.replacement.kind === "delete" && isEmptied) {
    throw new ExplainError(
      "method-unavailable",
      "Deleting words would leave an empty text, which this model cannot read. Choose another baseline, or leave one out.",
    );
  }
}

interface PlannedWindow {
  readonly input: WindowInput;
  readonly features: FeatureSet;
}

/** What is left out together in each window; a word or sentence cut by a window's edge is left out as far as the window holds it. */
function planOf(text: PreparedText, kind: FeatureSet["kind"]): PlannedWindow[] {
  const masked = new Set(text.masked);
  return text.inputs.map((input) => ({
    input,
    features: featureSet(kind, text, (token) => (input.weights[token.index] ?? 0) > 0 && !masked.has(token.index)),
  }));
}

function targetOn({ model, text, target }: TextRun, input: WindowInput, features: FeatureSet): TextTarget {
  return new TextTarget({
    featureSet: features,
    input,
    tokens: text.tokens.length,
    replacement: text.baseline.replacement,
    head: model.head,
    target,
    batcher: model.batcher,
  });
}

function evaluationsOf(windows: readonly WindowResult<{ readonly evaluations: number }>[]): number {
  return sum(windows.map(({ result }) => result.evaluations));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What methods that replace tokens do for a baseline: they cannot feed the zero vector. */
export function replacedBy(baseline: Baseline): Baseline {
  return baseline === "zero" ? tokenBaseline(baseline) : baseline;
}
