import { type Check, hasFields, isCount, isListOf, isNumber, isText, orMissing, orNull } from "../checks";
import type { Message } from "../message";

/**
 * One thing that a prediction says: a class, a number, an entity, an answer, a word. All kinds of predictions are lists of these to whoever need not know more: note, status item, hover,
 * exports, and the choice of what to explain.
 */
export interface Outcome {
  /** Its place among the model's outputs, or in the prediction. */
  readonly index: number;
  readonly label: string;
  /** The part of the text that it is about, where it is not about the whole. */
  readonly text?: string | undefined;
  /** What it says where that is words of the text, with what is blank at their ends; left out where it says something else. */
  readonly quoted?: string | undefined;
  /** What the model gives, as it is. */
  readonly logit: number;
  /** `null` for what has none, such as a plain number. */
  readonly probability: number | null;
}

/** An outcome's label, and the part of the text that it is about. */
export function outcomeName({ label, text }: Pick<Outcome, "label" | "text">): string {
  return text === undefined ? label : `${label} ${text}`;
}

/** {@link outcomeName} among others in a line: words of the text are in quotation marks, so that their ends can be seen. */
export function listedName(outcome: Pick<Outcome, "label" | "text" | "quoted">): string {
  return outcome.quoted === undefined ? outcomeName(outcome) : `“${outcome.quoted}”`;
}

/** A stretch of the person's text that a prediction speaks of, in UTF-16 offsets, and what it says of it. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** A place in the person's text or in what the model has written, as a UTF-16 offset. */
export interface PlaceAsked {
  readonly isWritten: boolean;
  readonly offset: number;
}

/** What is asked of a model: which outcome is explained, or which of several tokens. */
export interface AskedOutcome {
  readonly target?: string;
  readonly position?: number;
}

/** An output of a model at a token of the text, both by their numbers. */
export interface TokenOutput {
  readonly token: number;
  readonly output: number;
}

/** A token that a model has written. */
export interface WrittenToken {
  readonly id: number;
  readonly text: string;
  readonly piece: string;
}

/** A token of the text, as the vocabulary spells it and as the text does. */
export interface SpelledToken {
  readonly piece: string;
  readonly text: string;
}

/** A token of the text that something is written into. */
export interface InsertionToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly segment: number;
  readonly special: boolean;
}

/** What is written into a text: in place of a stretch of it, or (`null`) behind it. */
export interface Insertion {
  readonly text: string;
  readonly place: { readonly start: number; readonly end: number } | null;
}

/** What is said of one kind of prediction wherever its outcomes are listed. */
export interface PredictionForm<P> {
  /** The strongest one first, but for plain numbers, which are in the model's order. */
  outcomes(prediction: P): readonly Outcome[];
  /** What is said of it in a few words; its first outcome where left out. */
  headline?(prediction: P): readonly Outcome[];
  /** Which token of several is explained, as the option `position` names it; left out where there is one. */
  position?(prediction: P, tokens: readonly SpelledToken[]): number | null;
  /** The token of the text that is explained, where that is another than the one that the target is read at. */
  explained?(prediction: P): number;
  /** What of it can be explained each by itself, by the option `position`, and what it is called; nothing where left out. */
  places?(prediction: P): readonly { readonly position: number; readonly label: string }[];
  /** What it marks in the text itself, whose tokens stand at these places; nothing where left out. */
  marks?(prediction: P, tokens: readonly Pick<Mark, "start" | "end">[]): readonly Mark[];
  /** How strongly it colours tokens of the text by itself, 0 to 5, by the tokens' numbers; left out where scores alone do. */
  strengths?(prediction: P): ReadonlyMap<number, number>;
  /** What it says of one token; nothing where left out. */
  saysOf?(prediction: P, token: number): readonly Message[];
  /** The tokens that the model has written; left out where it writes nothing. */
  written?(prediction: P): readonly WrittenToken[];
  /** What the model has written behind the text; left out where it writes nothing. */
  output?(prediction: P): string;
  /** Which output at each of which tokens the probability of what it says is the mean of, `at` the first token where it is read, by the names of the model's outputs; left out where it has none such. */
  watched?(prediction: P, at: number | null, labels: readonly string[]): readonly TokenOutput[];
  /** What is asked about a place; `null` where nothing in particular is. Left out where no place has a question of its own, or tokens of the text have one each. */
  questionAt?(prediction: P, place: PlaceAsked): AskedOutcome | null;
  /** The same prediction with other places of the stretches of the text that it names, in UTF-16 offsets; left out where it names none. */
  placed?(prediction: P, place: (range: Pick<Mark, "start" | "end">) => Pick<Mark, "start" | "end">): P;
  /** What of it can be written into the document: an outcome by its number, or (`null`) all of it; `null` where it cannot. Left out where nothing can. */
  insertion?(prediction: P, outcome: number | null, tokens: readonly InsertionToken[]): Insertion | null;
  /** Names of the columns: of the outcomes, of what the model gives, and of their probabilities where they have such. */
  readonly columns: readonly [name: string, value: string, probability?: string];
  /** Whether scores speak for and against what is explained, or raise and lower it. */
  readonly scores: "support" | "raise";
  /** Whether a value that was kept elsewhere is such a prediction. */
  readonly check: Check<P>;
}

/** No logit or probability of a model is larger; sums and squares of what is stay numbers. */
const largest = 1e30;

/** Whether a value is a number that a model may give. */
export const isFigure = (value: unknown): value is number => isNumber(value) && Math.abs(value) <= largest;

const isOutcome: Check<Outcome> = hasFields<Outcome>({
  index: isCount,
  label: isText,
  text: orMissing(isText),
  quoted: orMissing(isText),
  logit: isFigure,
  probability: orNull(isFigure),
});

/** Whether a value is a list of outcomes with something in it. */
export const areOutcomes = (value: unknown): value is readonly Outcome[] =>
  isListOf(isOutcome)(value) && value.length > 0;
