import type { MeasureId } from "./measure";
import type { Message } from "./message";
import type { MethodId } from "./method";
import type { ModelReference } from "./model";
import type { RequestOptions } from "./options";
import type { Prediction } from "./prediction/registry";
import type { Task } from "./task";

/** What gets a score. */
export type UnitKind = "token" | "word" | "sentence";

/** What an absent token is replaced with; `delete` takes it out. */
export type Baseline = RequestOptions["baseline"];

/** What an absent token was replaced with; `otherText`: with the words of another text. */
export type UsedBaseline = Baseline | "otherText";

/** Which text a token belongs to: the person's text, the second text or the question beside it, or what the model has written so far. */
export type Segment = 0 | 1 | 2;

/** A token as the model read it; `start` and `end` are UTF-16 offsets into its own segment's text, equal for special tokens. */
export interface Token {
  readonly index: number;
  readonly id: number;
  /** The vocabulary's own spelling, with `##`, `Ġ` or `▁`; never shown except as a detail. */
  readonly piece: string;
  /** The slice of the person's text, empty for special tokens. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly special: boolean;
  readonly segment: Segment;
}

/** A word or a sentence: a UTF-16 range of its segment's text and the indices of the tokens in it. */
export interface Unit {
  readonly start: number;
  readonly end: number;
  readonly segment: Segment;
  readonly tokens: readonly number[];
}

/** What kind of scalar is explained: a logit, log-odds against another, a plain number of the model, the log-probability of a token, the sum of the logits of a span's ends, or a cosine. */
export type TargetKind = "logit" | "log-odds" | "number" | "log-probability" | "span" | "cosine";

/** The scalar being explained: the logit of `label`, its log-odds against `versus`, or the number called `label`. */
export interface Target {
  readonly label: string;
  readonly versus: string | null;
  /** The token that it is read at, or the first of several; `null` where it belongs to the text as a whole. */
  readonly position: number | null;
  readonly kind: TargetKind;
  /** The target on the whole text. */
  readonly value: number;
  /** The target with every content token replaced by the baseline; `null` where that leaves nothing to read, and while it is not known yet. */
  readonly baselineValue: number | null;
}

/** The scale scores and base value are measured on. */
export type AttributionScale = TargetKind | "probability" | "attention" | "none";

/** The raw score that a method gives to a special token, such as the one a classifier reads. */
export interface SpecialScore {
  readonly token: number;
  readonly score: number;
}

/** What two units do together beyond what each does by itself: its score is above 0 where both together support the target more than one by one. */
export interface PairScore {
  /** Places of the two units among the scores, the earlier one first. */
  readonly first: number;
  readonly second: number;
  readonly score: number;
  /** 0 where every subset was evaluated, `null` where nothing is known of it. */
  readonly standardError: number | null;
}

/** The result of one method: raw scores, one per unit, and how far to trust them. */
export interface Attribution {
  readonly method: MethodId;
  readonly units: UnitKind;
  /** One raw score per token (special tokens 0: theirs are in {@link specials}), word or sentence of the explanation. */
  readonly scores: readonly number[];
  /** What gradients, relevance and attention give to special tokens: part of every sum, shown apart and never coloured. Empty where they always stay. */
  readonly specials: readonly SpecialScore[];
  /** Standard error of each score, where the method draws samples. */
  readonly standardErrors: readonly number[] | null;
  /** Of every pair of units, in reading order, where the method scores pairs: each is half in the score of either unit. */
  readonly pairs?: readonly PairScore[];
  readonly scale: AttributionScale;
  /** LIME's intercept, or the value without any token; `null` where the method has no sum. */
  readonly baseValue: number | null;
  /** The value on the whole text on {@link scale}, which base value + scores + {@link specials} approximate; `null` where the method has no sum. */
  readonly fullValue: number | null;
  /** Settings needed to get the same result again. */
  readonly parameters: Readonly<Record<string, string | number | boolean | null>>;
  /** Quality figures by name, such as `r2`. */
  readonly quality: Readonly<Record<string, number>>;
  /** Whether a sampling method reached its accuracy; `null` for methods that do not sample. */
  readonly converged: boolean | null;
  /** More evaluations are on the way. */
  readonly partial: boolean;
  /** What a person should know, in words. */
  readonly notes: readonly Message[];
  /** Evaluations of the model asked for, cached ones included. */
  readonly evaluations: number;
  readonly milliseconds: number;
}

/** A head that looks at a token: from which query token, with what weight. */
export interface Looker {
  readonly layer: number;
  readonly head: number;
  /** Token index of the query. */
  readonly query: number;
  readonly weight: number;
}

/** Which attention of an encoder and a decoder a layer is: of the text, of the output so far, or from the output to the text; `layer` counts those of its part from 0, and `heads` says how many the layer has. */
export interface AttentionStage {
  readonly part: "encoder" | "decoder" | "cross";
  readonly layer: number;
  readonly heads?: number;
}

/** What attention a model has; matrices are pulled one at a time. */
export interface AttentionInfo {
  readonly layers: number;
  readonly heads: number;
  readonly kind: "self" | "cross" | "causal";
  /** Of each layer, where an encoder and a decoder have them. */
  readonly stages?: readonly AttentionStage[];
  /** For each token, the heads that look at it most, strongest first (at most three). */
  readonly lookers: readonly (readonly Looker[])[];
}

/** A stretch of the text the model read at once: tokens `firstToken` to `endToken` (exclusive) between the special tokens; offsets are UTF-16. */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly firstToken: number;
  readonly endToken: number;
  /** The only text of which it is, of texts that are read apart, each with special tokens of its own. */
  readonly segment?: Segment;
}

/** The model an explanation came from. */
export interface ExplainedModel {
  readonly id: string;
  readonly reference: ModelReference;
  readonly file: string;
  readonly task: Task;
  readonly sha256: string;
  /** All labels in class order. */
  readonly labels: readonly string[];
}

/** What the figure of a measure is: a probability or a difference of two, the same of a plain number, or neither. */
export type MeasureScale = Extract<AttributionScale, "probability" | "number" | "none">;

/** Values `y` at the places `x`, which are shares from 0 to 1: of the strongest words, or of the layers that are random. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The figure of one measure for one method. */
export interface Measured {
  /** Of random scores the mean over several orders. */
  readonly value: number;
  /** How much it scatters: over the orders of random scores, or over seeds and edits (standard deviation), or by the masks that were drawn (standard error); `null` where it does not. */
  readonly spread: number | null;
  /** What the value is the summary of; of random scores the mean over the orders. */
  readonly curve: Curve | null;
  readonly scale: MeasureScale;
  /** Evaluations of the model asked for, cached ones included. */
  readonly evaluations: number;
  /** What a person should know, in words. */
  readonly notes: readonly Message[];
}

/** How faithful a method's scores are, by each measure that was asked for and can be told; `random` is the mean of several random orders: what no information looks like. */
export interface MeasuredMethod {
  readonly method: MethodId;
  readonly values: Readonly<Partial<Record<MeasureId, Measured>>>;
}

/** Everything known about one text: the centre of the product, immutable; each view is a function of it. */
export interface Explanation {
  readonly schema: 2;
  readonly text: string;
  readonly pair: string | null;
  /** What the model has written before the place that is explained; `null` where it writes nothing. */
  readonly output: string | null;
  readonly model: ExplainedModel;
  readonly prediction: Prediction;
  readonly target: Target;
  readonly tokens: readonly Token[];
  readonly words: readonly Unit[];
  readonly sentences: readonly Unit[];
  /** Token indices that were replaced by the baseline before anything else. */
  readonly masked: readonly number[];
  readonly attributions: readonly Attribution[];
  readonly attention: AttentionInfo | null;
  /** Empty where no measure was asked for. */
  readonly measures: readonly MeasuredMethod[];
  readonly windows: readonly Window[];
  readonly seed: number;
  readonly warnings: readonly Message[];
  readonly versions: { readonly explainWithTransformer: string; readonly onnxruntime: string };
  /** Wall time of the whole run. */
  readonly milliseconds: number;
}

/** What LIME hides together; `bag`: all occurrences of a word. */
export type LimeFeatures = NonNullable<LimeOptions["features"]>;

/** How LIME draws and fits; see `docs` and Ribeiro et al. 2016. */
export type LimeOptions = RequestOptions["lime"];

/** What to explain and how. */
export interface ExplainRequest extends RequestOptions {
  readonly text: string;
  readonly pair: string | null;
  readonly model: ModelReference;
  /** Token indices to replace by the baseline before anything else. */
  readonly masked: readonly number[];
}

/** A request that names the place it asks about by its number, or leaves it to the task. */
export interface PlacedRequest extends Omit<ExplainRequest, "position"> {
  readonly position: number | null;
}

/** The texts that an explanation is about, each at its place as a {@link Segment}; without an output that has not begun. */
export function textsOf({
  text,
  pair,
  output,
}: Pick<Explanation, "text" | "pair" | "output">): readonly { readonly segment: Segment; readonly text: string }[] {
  return [
    { segment: 0, text },
    ...(pair === null ? [] : [{ segment: 1, text: pair } as const]),
    ...(output === null || output === "" ? [] : [{ segment: 2, text: output } as const]),
  ];
}

/** The text of each {@link Segment}, by its number; empty where there is none. */
export function textsBySegment({
  text,
  pair,
  output,
}: Pick<Explanation, "text" | "pair" | "output">): readonly string[] {
  return [text, pair ?? "", output ?? ""];
}

/** What all special tokens together get. */
export function specialTotal({ specials }: Pick<Attribution, "specials">): number {
  return specials.reduce((sum, { score }) => sum + score, 0);
}

/** The attribution of one method, if the explanation has it. */
export function attributionOf(explanation: Explanation, method: MethodId): Attribution | undefined {
  return explanation.attributions.find((attribution) => attribution.method === method);
}

/** The token indices of one window in model order: special tokens, the window's stretch of the text, and a second text, which every window holds. */
export function windowTokens(explanation: Pick<Explanation, "tokens" | "windows">, window: number): number[] {
  const range = explanation.windows[window];
  if (!range) {
    return explanation.tokens.map((token) => token.index);
  }
  return explanation.tokens
    .filter(({ special, segment, index }) =>
      range.segment === undefined
        ? special || segment === 1 || (index >= range.firstToken && index < range.endToken)
        : segment === range.segment,
    )
    .map((token) => token.index);
}
