import type { Attribution, AttributionScale, LimeFeatures, UsedBaseline } from "../common/explanation";
import type { MethodId } from "../common/method";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import type { InsidePart } from "../graph/insideModel";
import type { TextPart } from "../text/textTree";
import type { LayerAttention } from "./attentionScores";
import type { Balance } from "./balance";
import type { EmbeddedTarget } from "./embedded";
import type { FeatureSet } from "./features";
import type { InsideTarget } from "./inside";
import type { MaskedTarget } from "./maskedTarget";
import type { MethodRun } from "./methodRun";
import type { FittedRequest } from "./plan";

/** What a method found on one window of a text, or on the whole of it: numbers alone. The words about all windows are those of {@link Telling.summary}. */
export interface Scored {
  /** One per feature (masked methods) or per position of the row (others). */
  readonly values: ArrayLike<number>;
  /** Of each value, where samples were drawn. */
  readonly standardErrors?: ArrayLike<number> | null;
  /** Of each pair of features i < j, in reading order: what the two do together beyond what each does. Only of methods that score pairs. */
  readonly pairs?: { readonly values: ArrayLike<number>; readonly standardErrors: ArrayLike<number> };
  /** What base + Σ values comes near, or is; `null` where the values are no sum. */
  readonly sum: { readonly base: number; readonly full: number } | null;
  /** Whether it got as accurate as asked; `null` where that is no question, or not known. */
  readonly converged?: boolean | null;
  /** Evaluations of the model asked for, cached ones included. */
  readonly evaluations: number;
  /** Figures by name that the method's summary reads; without a summary they are shown, as means over the windows. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** What a method found in one piece of a text, and how much that counts; the shares of all pieces add up to 1. */
export interface Part {
  readonly share: number;
  readonly scored: Scored;
}

/** What is known of a text's result once its parts are put together. */
export interface Whole {
  readonly parts: readonly Part[];
  readonly scale: AttributionScale;
  /** What the scores that are shown add up from and to, and what share is missing. */
  readonly sum: Balance | null;
  readonly evaluations: number;
  /** More is on the way. */
  readonly isPartial: boolean;
  /** Some features stand in several places of the text. */
  readonly isRepeated: boolean;
}

/** What is said of a result. */
export type Summary = Pick<Attribution, "quality" | "parameters" | "notes">;

/** What every method is asked: the request, and what stands for an absent token where this method is at work. */
export interface Question {
  readonly request: FittedRequest;
  readonly baseline: UsedBaseline;
  /** After how many steps the scores of nearly the same text have settled, where that is known: a method that looks for their number takes so many. */
  readonly steps?: number | null;
}

interface Telling<Asked extends Question> {
  /** What is said of a result; what is left out is empty, and without any of it the means of {@link Scored.figures} are its quality. */
  summary?(whole: Whole, question: Asked): Partial<Summary>;
}

/** What a method is asked that looks inside the model. */
export interface AttentionQuestion extends Question {
  readonly layers: number;
  /** Whose attention counts: the mean of the tokens at these positions of a window of so many. */
  readonly query: (tokens: number) => readonly number[];
}

/** Reads the attention of one window, layer by layer. */
export interface AttentionReader {
  addLayer(attention: LayerAttention, layer: number): void;
  scored(): Scored;
}

/** A method that only looks at attention, in the run that the prediction needs anyway. */
export interface AttentionMethod extends Telling<AttentionQuestion> {
  readonly asks: "attention";
  /** Begins to read a window of so many tokens. Throws `method-unavailable` for what the model does not have. */
  observe(tokens: number, question: AttentionQuestion): AttentionReader;
}

/** What a method is asked that hides features: on one window, or on the whole text. */
export interface MaskedQuestion extends Question {
  readonly features: FeatureSet;
  /** In how many windows the text is read. */
  readonly windows: number;
  /** The tree of the text down to the features; only where there are some. */
  readonly tree: () => TextPart;
  /** How many rows of the whole text so many seconds afford. */
  readonly affords: (seconds: number) => number;
  /** A first guess of each feature's score, by {@link MaskedMethod.guide}. */
  readonly guide: ArrayLike<number> | null;
}

/** A method that asks for the target with some features hidden. */
export interface MaskedMethod extends Telling<MaskedQuestion> {
  readonly asks: "masked";
  /** Whether it explains each window by itself, or the mean of all that is shown. */
  readonly of: "windows" | "text";
  /** What it hides at most at once. */
  readonly hides: "nothing" | "one" | "all";
  /** It explains the probability, where there is one, instead of the target's own value. */
  readonly explainsProbability?: true;
  /** What is hidden together; the units of the request where left out. */
  features?(request: FittedRequest): LimeFeatures;
  /** Another method whose scores are a first guess of its own, and whether to ask for it; `isAsked`: the person did anyway. It is shown meanwhile. */
  readonly guide?: {
    readonly method: MethodId;
    readonly isWanted: (question: MaskedQuestion, isAsked: boolean) => boolean;
  };
  /** How many evaluations it asks for at most. Throws `method-unavailable` where that is too few to say anything. */
  planned(question: MaskedQuestion): number;
  /** `onPartial` hears that something may be shown, and how to get it. */
  run(
    target: MaskedTarget,
    question: MaskedQuestion,
    control: MethodRun,
    onPartial: (scored: () => Scored) => void,
  ): Promise<Scored>;
}

/** A method that goes back through the model, to its word embeddings. */
export interface EmbeddedMethod extends Telling<Question> {
  readonly asks: "embedded";
  /** By which rules it goes back. */
  readonly rules: RuleSetName;
  /** How many passes back it takes at most for each window. */
  planned(question: Question): number;
  run(target: EmbeddedTarget, question: Question, control: MethodRun): Promise<Scored>;
}

/** A method that looks at more of the inside of the model than attention, changes it, or takes its time over it. */
export interface InsideMethod extends Telling<AttentionQuestion> {
  readonly asks: "inside";
  /** What it looks at beside attention maps; a model whose graph lacks any of it cannot have the method. */
  readonly looks: readonly InsidePart[];
  /** How many steps it takes for a window of so many tokens; its progress counts them. */
  planned(tokens: number, question: AttentionQuestion): number;
  /** Throws `method-unavailable` for what the model does not have. */
  run(target: InsideTarget, question: AttentionQuestion, control: MethodRun): Promise<Scored>;
}

/** A method, told apart by the kind of question it asks the model. */
export type Method = AttentionMethod | MaskedMethod | EmbeddedMethod | InsideMethod;

/** The mean of each figure over the parts of a text, by their shares. */
export function meanFigures(parts: readonly Part[]): Record<string, number> {
  const names = new Set(parts.flatMap(({ scored }) => Object.keys(scored.figures ?? {})));
  return Object.fromEntries([...names].map((name) => [name, meanOf(parts, ({ figures }) => figures?.[name] ?? 0)]));
}

/** The mean of a number over the parts of a text, by their shares. */
export function meanOf(parts: readonly Part[], of: (scored: Scored) => number): number {
  return parts.reduce((sum, { share, scored }) => sum + of(scored) * share, 0);
}

/** The largest value of a figure over the parts of a text; 0 where none has it. */
export function largestFigure(parts: readonly Part[], name: string): number {
  return Math.max(0, ...parts.map(({ scored }) => scored.figures?.[name] ?? 0));
}
