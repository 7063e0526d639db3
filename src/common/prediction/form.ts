import { type Check, hasFields, isCount, isListOf, isNumber, isText, orMissing, orNull } from "../checks";

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
  /** What the model gives, as it is. */
  readonly logit: number;
  /** `null` for what has none, such as a plain number. */
  readonly probability: number | null;
}

/** An outcome's label, and the part of the text that it is about. */
export function outcomeName({ label, text }: Pick<Outcome, "label" | "text">): string {
  return text === undefined ? label : `${label} ${text}`;
}

/** A stretch of the person's text that a prediction speaks of, in UTF-16 offsets, and what it says of it. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** What is said of one kind of prediction wherever its outcomes are listed. */
export interface PredictionForm<P> {
  /** The strongest one first, but for plain numbers, which are in the model's order. */
  outcomes(prediction: P): readonly Outcome[];
  /** What is said of it in a few words; its first outcome where left out. */
  headline?(prediction: P): readonly Outcome[];
  /** Which token of several is explained, as the option `position` names it; left out where there is one. */
  position?(prediction: P): number | null;
  /** What it marks in the text itself; nothing where left out. */
  marks?(prediction: P): readonly Mark[];
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
  logit: isFigure,
  probability: orNull(isFigure),
});

/** Whether a value is a list of outcomes with something in it. */
export const areOutcomes = (value: unknown): value is readonly Outcome[] =>
  isListOf(isOutcome)(value) && value.length > 0;
