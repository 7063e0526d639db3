import { ExplainError } from "../common/errors";
import type { Token } from "../common/explanation";
import { message } from "../common/message";
import type { FilledWord } from "../common/prediction/fill";
import { classProbabilities } from "./classification";
import type { Asked, AskedText, TaskHead, TaskKind, TaskQuestion, WindowOutputs } from "./task";
import { tokenTarget } from "./tokenTarget";
import { type Vocabulary, wordOf } from "./vocabulary";

/** Words that are listed for a blank. */
const wordsListed = 10;

/** Words for a blank in a text: the target is a word's logit there, or its log-odds against another. */
export const maskedLanguageModel: TaskKind = {
  detects: ({ architecture }) => architecture !== null && /For(?:MaskedLM|PreTraining)$/.test(architecture),
  fits: (width) => width > 1,
  isLabelled: false,
  gives: () => "softmax",
  ask,
  places: ({ tokens }, question, { vocabulary }) => [blankOf(tokens, question, vocabulary).index],
  predict({ vocabulary }, { tokens, windows }, question) {
    const { index } = blankOf(tokens, question, vocabulary);
    return { kind: "fill", position: index, words: likeliest(outputsAt(index, windows), vocabulary) };
  },
  target({ vocabulary }, question, prediction, { text, tokens }) {
    const words = prediction.kind === "fill" ? prediction.words : [];
    const blank = blankOf(tokens, question, vocabulary);
    // Some masks take the space before them in.
    const isApart = /^\s/.test(blank.text) || /\s$/.test(text.slice(0, blank.start));
    const given = { id: words[0]?.id ?? 0, readAt: blank.index, words, isApart };
    return tokenTarget(given, question, vocabulary);
  },
};

/** A text with its blanks; the word at the position that is asked about becomes one, however many tokens it has. */
function ask(
  { text: whole, pair, tokens, words }: AskedText,
  { position }: TaskQuestion,
  { vocabulary }: TaskHead,
): Asked {
  if (pair !== null) {
    throw new ExplainError("request-invalid", "Blanks are filled in one text. Leave the second text out.");
  }
  const mask = maskOf(vocabulary);
  const chosen = position === null ? undefined : tokens[position];
  const isBlank = ({ id, special }: Token) => id === mask && !special;
  if (position === null || (chosen && isBlank(chosen))) {
    const blanks = tokens.filter(isBlank);
    if (blanks.length === 0) {
      throw new ExplainError(
        "question-missing",
        "The text has no blank. Write {0} in place of a word, or choose the word that is to be one.",
        vocabulary.idToPiece(mask) ?? "",
      );
    }
    const warnings = blanks.length > 1 ? [message(severalBlanks, blanks.length)] : [];
    return { tokens, fixed: blanks.map(({ index }) => index), warnings };
  }
  const word = words.find((unit) => unit.tokens.includes(position));
  const own = tokens.filter(({ index }) => word?.tokens.includes(index));
  const [first] = own;
  if (!word || !first) {
    throw new ExplainError(
      "request-invalid",
      "There is no word at position {0}. Choose a token of the text.",
      position,
    );
  }
  // Pieces of one character share it: their texts side by side would have it twice.
  const end = Math.max(...own.map((token) => token.end));
  const text = whole.slice(first.start, end);
  const blank = {
    ...first,
    id: mask,
    piece: vocabulary.idToPiece(mask) ?? "",
    text,
    end,
  };
  const left = tokens.filter((token) => token === first || !own.includes(token));
  const asked = left.map((token, index) => ({ ...(token === first ? blank : token), index }));
  const fixed = asked.filter(isBlank).map(({ index }) => index);
  return { tokens: asked, fixed, warnings: own.length > 1 ? [message(oneBlank, text, own.length)] : [] };
}

const severalBlanks =
  "The text has {0} blanks: one is filled, the others are read as blanks. Choose another one by its position.";
const oneBlank = '"{0}" is {1} tokens for this model; one blank stands for all of them.';

function maskOf({ specials }: Pick<Vocabulary, "specials">): number {
  if (specials.mask === null) {
    throw new ExplainError(
      "tokenizer-unsupported",
      "The model's vocabulary has no token for a blank. Choose a masked language model with its own tokenizer.",
    );
  }
  return specials.mask;
}

/** The blank that is asked about: the first, or the one at or before the position, where the word there began. */
function blankOf(tokens: readonly Token[], { position }: TaskQuestion, vocabulary: Vocabulary): Token {
  const mask = maskOf(vocabulary);
  const blanks = tokens.filter(({ id, special }) => id === mask && !special);
  const blank = position === null ? blanks[0] : blanks.findLast(({ index }) => index <= position);
  if (!blank) {
    throw new RangeError("A text has a blank where one is asked about.");
  }
  return blank;
}

/** The outputs at a token, of the window in whose middle it is most. */
function outputsAt(token: number, windows: readonly WindowOutputs[]): number[] {
  const holding = windows.filter(({ at }) => at.includes(token));
  const [best] = holding.toSorted((a, b) => (b.weights[token] ?? 0) - (a.weights[token] ?? 0));
  return Array.from(best?.outputs ?? []);
}

/** The words with the largest logits, the largest first. */
function likeliest(logits: readonly number[], vocabulary: Vocabulary): FilledWord[] {
  const probabilities = classProbabilities(logits, "softmax");
  return logits
    .map((logit, id) => ({ id, logit, probability: probabilities[id] ?? 0 }))
    .sort((a, b) => b.logit - a.logit || a.id - b.id)
    .slice(0, wordsListed)
    .map((one) => ({ word: wordOf(one.id, vocabulary), ...one }));
}
