import { ExplainError } from "../../common/errors";
import type { Attribution, LimeFeatures } from "../../common/explanation";
import type { MethodId } from "../../common/method";
import { type FeatureSet, featureSet } from "../../methods/features";
import type { MaskedMethod, MaskedQuestion, Scored } from "../../methods/method";
import { affordedRows } from "../../methods/plan";
import { textTree } from "../../text/textTree";
import { attributionOf, type Findings, type Piece, scaleOf } from "../attributionOf";
import type { PreparedText, WindowInput } from "../preparedText";
import type { TextRun } from "../textRun";
import { TextTarget } from "../textTarget";

/** What a masked method's driver asks of the run it is part of. */
export interface MaskedHooks {
  /** The scores by token of another method, which is shown meanwhile; `null` where this model has none. */
  readonly guideOf: (method: MethodId) => Promise<readonly number[] | null>;
  /** Called before the first evaluation, after the guide's. */
  readonly beforeRun: () => Promise<void>;
  /** Hears what is known so far whenever somebody wants to see it, with the evaluations done. */
  readonly onPartial: (partial: Attribution, evaluations: number) => void;
}

/** A part of a text that gets an answer of its own: one window, or all of them. */
interface Asked {
  readonly inputs: readonly WindowInput[];
  readonly share: number;
  readonly question: MaskedQuestion;
  readonly planned: number;
}

/** Runs a method that hides features, on every window of a text or on the whole of it. Throws `method-unavailable` where nothing would be left to read. */
export async function maskedAttribution(
  id: MethodId,
  method: MaskedMethod,
  run: TextRun,
  hooks: MaskedHooks,
): Promise<Attribution> {
  const { text, request, signal, reporter } = run;
  const start = performance.now();
  const asked = await questionsOf(method, run, hooks);
  await hooks.beforeRun();
  reporter.phase(id, plannedOf(asked));
  const scale = scaleOf(id, method, run);
  const attribution = (pieces: readonly Piece[], question: MaskedQuestion, isPartial: boolean): Attribution => {
    const findings: Findings = { method: id, scale, expected: asked.length, pieces, isPartial, start };
    return attributionOf(run, method, question, findings);
  };
  const pieces: Piece[] = [];
  let done = 0;
  for (const { inputs, share, question } of asked) {
    const before = pieces.reduce((sum, { scored }) => sum + scored.evaluations, 0);
    const control = {
      seed: request.seed,
      signal,
      onProgress: (evaluations: number) => {
        done = before + evaluations;
        reporter.progress(done);
      },
    };
    const piece = (scored: Scored): Piece => ({ share, scored, features: inAllPlaces(question.features, text) });
    const target = new TextTarget(run, inputs, question.features);
    const scored = await method.run(target, question, control, (known) => {
      if (reporter.wantsPartial) {
        hooks.onPartial(attribution([...pieces, piece(known())], question, true), done);
      }
    });
    pieces.push(piece(scored));
  }
  const [{ question } = { question: null }] = asked;
  if (!question) {
    throw new RangeError("A text has at least one window.");
  }
  return attribution(pieces, question, false);
}

/** How many evaluations {@link maskedAttribution} takes at most, without its guide's. Throws what it throws before it begins. */
export async function plannedRows(
  method: MaskedMethod,
  run: Pick<TextRun, "model" | "text" | "request">,
): Promise<number> {
  const asked = await questionsOf(method, run, { guideOf: () => Promise.resolve(null) });
  return plannedOf(asked);
}

function plannedOf(asked: readonly Asked[]): number {
  return asked.reduce((sum, { planned }) => sum + planned, 0);
}

/** What a method is asked about each part of a text that it explains by itself, with the guess of its guide. */
async function questionsOf(
  method: MaskedMethod,
  run: Pick<TextRun, "model" | "text" | "request">,
  hooks: Pick<MaskedHooks, "guideOf">,
): Promise<Asked[]> {
  const { model, text, request } = run;
  const kind = hiddenTogether(method, request);
  const parts =
    method.of === "text"
      ? [{ inputs: text.inputs, share: 1 }]
      : text.inputs.map((input) => ({ inputs: [input], share: input.share }));
  const work = text.inputs.reduce((sum, { row }) => sum + model.session.runWork(row.ids.length), 0);
  const asked = parts.map(({ inputs, share }) => {
    const features = featuresIn(text, inputs, kind);
    const question: MaskedQuestion = {
      request,
      baseline: text.baseline.ofRows,
      features,
      windows: parts.length,
      tree: once(() => textTree(text, features.groups)),
      affords: (seconds) => affordedRows(seconds, work),
      guide: null,
    };
    return { inputs, share, question };
  });
  refuseEmpty(text, method.hides, asked);
  const { guide } = method;
  const wantsGuide =
    guide && asked.some(({ question }) => guide.isWanted(question, request.methods.includes(guide.method)));
  const byToken = wantsGuide ? await hooks.guideOf(guide.method) : null;
  return asked.map((one) => {
    const question = { ...one.question, guide: byToken && sumsOf(one.question.features, byToken) };
    return { ...one, question, planned: method.planned(question) };
  });
}

/** What a method hides together. */
export function hiddenTogether(method: MaskedMethod, request: TextRun["request"]): LimeFeatures {
  return method.features?.(request) ?? request.units;
}

/** What is left out together in some windows of a text; a word or sentence cut by a window's edge is left out as far as the window holds it. */
function featuresIn(text: PreparedText, inputs: readonly WindowInput[], kind: LimeFeatures): FeatureSet {
  const still = new Set([...text.masked, ...text.fixed]);
  return featureSet(
    kind,
    text,
    ({ index }) => inputs.some(({ weights }) => (weights[index] ?? 0) > 0) && !still.has(index),
  );
}

function sumsOf({ groups }: FeatureSet, byToken: readonly number[]): number[] {
  return groups.map((group) => group.reduce((sum, token) => sum + (byToken[token] ?? 0), 0));
}

/** Throws `method-unavailable` where deleting what is hidden at once would leave nothing to read. */
export function refuseEmpty(
  { baseline }: PreparedText,
  hides: MaskedMethod["hides"],
  asked: readonly {
    readonly inputs: readonly WindowInput[];
    readonly question: Pick<MaskedQuestion, "features">;
  }[],
): void {
  if (baseline.replacement.kind !== "delete" || hides === "nothing") {
    return;
  }
  const isEmptied = asked.some(({ inputs, question: { features } }) => {
    const atOnce = hides === "all" ? [features.groups.flat()] : features.groups;
    return inputs.some(({ positions }) => {
      const held = new Set(positions);
      return atOnce.some((tokens) => tokens.filter((token) => held.has(token)).length === positions.length);
    });
  });
  if (isEmptied) {
    throw new ExplainError(
      "method-unavailable",
      "Deleting words would leave an empty text, which this model cannot read. Choose another baseline, or leave one out.",
    );
  }
}

/** Features of one window that stand in several places of the text, in those outside the window too: hiding a word hides it there as well. */
function inAllPlaces(features: FeatureSet, text: PreparedText): FeatureSet {
  if (features.kind !== "bag") {
    return features;
  }
  const { groups, times = [] } = featuresIn(text, text.inputs, "bag");
  const places = features.groups.map(([first]) => groups.findIndex((group) => group.includes(first ?? -1)));
  return {
    kind: "bag",
    groups: places.map((at) => groups[at] ?? []),
    times: places.map((at) => times[at] ?? 1),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
