import { hasFields, isCount, isListOf, isOneOf, isText } from "../checks";
import { isFigure, type PredictionForm } from "./form";

/** A word for a blank, as the vocabulary has it: with the space before it, or the mark of what goes on a word. */
export interface FilledWord {
  readonly word: string;
  /** Its number in the vocabulary. */
  readonly id: number;
  readonly logit: number;
  readonly probability: number;
}

/** The likeliest words for the blank that is the token at `position`, the likeliest first. */
export interface FillPrediction {
  readonly kind: "fill";
  readonly position: number;
  readonly words: readonly FilledWord[];
}

/** How words for a blank are listed. */
export const fill: PredictionForm<FillPrediction> = {
  outcomes: ({ words }) => words.map(({ word, id, ...figures }) => ({ index: id, label: word, ...figures })),
  columns: ["Word", "Logit", "Probability"],
  scores: "support",
  check: hasFields<FillPrediction>({
    kind: isOneOf("fill"),
    position: isCount,
    words: isListOf(hasFields<FilledWord>({ word: isText, id: isCount, logit: isFigure, probability: isFigure })),
  }),
};
