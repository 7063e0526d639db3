import { hasSpelledBytes } from "../byteCharacters";
import { hasFields, isCount, isListOf, isOneOf, isText } from "../checks";
import { cleanName } from "../cleanWords";
import { isFigure, type PredictionForm, type SpelledToken } from "./form";

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

/** Words as they are shown, each different: without the space before them, with their number where that alone tells them apart. */
export function wordLabels(words: readonly Pick<FilledWord, "word" | "id">[]): string[] {
  const plain = words.map(({ word }) => cleanName(word));
  return words.map(({ id }, at) => {
    const label = plain[at] ?? "";
    return label !== "" && plain.indexOf(label) === plain.lastIndexOf(label) ? label : `${label} (${id})`.trim();
  });
}

/** Whether a blank stands for a word of the text, which has none of its own there. */
export function standsForWord({ piece, text }: SpelledToken): boolean {
  return piece !== text;
}

/** How words for a blank are listed. */
export const fill: PredictionForm<FillPrediction> = {
  outcomes({ words }) {
    const labels = wordLabels(words);
    return words.map(({ id, logit, probability }, at) => ({ index: id, label: labels[at] ?? "", logit, probability }));
  },
  /** The text's first blank, wherever it is after an edit, needs no name. */
  position({ position }, tokens) {
    const blank = tokens[position];
    const first = tokens.find(({ piece }) => piece === blank?.piece);
    return blank && (standsForWord(blank) || blank !== first) ? position : null;
  },
  /** The blank, by its likeliest word. */
  marks({ position, words: [best] }, tokens) {
    const blank = tokens[position];
    return blank && best ? [{ start: blank.start, end: blank.end, label: cleanName(best.word) }] : [];
  },
  watched: ({ position, words: [best] }) => (best ? [{ token: position, output: best.id }] : []),
  /** A word in place of the blank, with the space before that. */
  insertion({ position, words }, outcome, tokens) {
    const [found, blank] = [words.find(({ id }) => id === outcome), tokens[position]];
    const space = /^\s*/.exec(blank?.text ?? "")?.[0] ?? "";
    return found && blank && !hasSpelledBytes(found.word)
      ? { text: space + found.word.trim().replace(/^##/, ""), place: { start: blank.start, end: blank.end } }
      : null;
  },
  columns: ["Word", "Logit", "Probability"],
  scores: "support",
  check: hasFields<FillPrediction>({
    kind: isOneOf("fill"),
    position: isCount,
    words: isListOf(hasFields<FilledWord>({ word: isText, id: isCount, logit: isFigure, probability: isFigure })),
  }),
};
