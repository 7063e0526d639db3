import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import { type FilledWord, wordLabels } from "../common/prediction/fill";
import type { Vocabulary } from "./vocabulary";

/** Where a word is to stand: which ones are likely there, and whether a space is before it. */
export interface WordPlace {
  readonly words: readonly Pick<FilledWord, "word" | "id">[];
  readonly isApart: boolean;
}

/**
 * The id that a person means by a word: one that is listed so; what the vocabulary has as one piece, after a space where the place is; a piece by its own
 * spelling, such as `##ing`; or one that is listed, but for spaces and capital letters. Throws `label-unknown` for what is several pieces or none.
 */
export function findWord(name: string, { words, isApart }: WordPlace, vocabulary: Vocabulary): number {
  const labels = wordLabels(words);
  const listed = words[labels.indexOf(name)];
  if (listed) {
    return listed.id;
  }
  const apart = ` ${name.trimStart()}`;
  const whole = wholePiece(isApart ? apart : name, vocabulary) ?? wholePiece(isApart ? name : apart, vocabulary);
  const id = whole ?? vocabulary.pieceToId(name) ?? words.find(({ word }) => folded(word) === folded(name))?.id;
  if (id !== undefined && id !== null) {
    return id;
  }
  const pieces = vocabulary.encodeContent(name, 0);
  const others = labels.slice(0, 5).map((label) => `"${label}"`);
  if (pieces.length < 2 || pieces.some((piece) => piece.id === vocabulary.specials.unk)) {
    throw new ExplainError(
      "label-unknown",
      'The model\'s vocabulary has no word "{0}". Choose another, such as {1}.',
      name,
      others.join(", "),
    );
  }
  throw new ExplainError(
    "label-unknown",
    '"{0}" is {1} pieces in the model\'s vocabulary ({2}), and one is asked for. Choose another word, such as {3}.',
    name,
    pieces.length,
    pieces.map(({ piece }) => piece).join(" "),
    others.join(", "),
  );
}

const folded = (word: string) => cleanName(word).trim().toLowerCase();

/** The id of a text that is one piece of the vocabulary. */
function wholePiece(text: string, vocabulary: Vocabulary): number | null {
  const [first, second] = vocabulary.encodeContent(text, 0);
  return first && !second && first.id !== vocabulary.specials.unk ? first.id : null;
}
