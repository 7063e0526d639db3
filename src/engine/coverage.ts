import type { Token } from "../common/explanation";
import { type Message, message } from "../common/message";

/** From this share of unknown tokens on a warning says so. */
const muchUnknown = 0.1;
/** Fewer letters, or a smaller share of all, say nothing about how a script is read. */
const fewestLetters = 8;
const leastShare = 0.3;

/**
 * Letters and marks that are not Latin, and how many tokens for each of them mean that words fall apart: Chinese, Japanese and Korean are read character by
 * character by models made for them too.
 */
const scripts = [
  { letter: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu, mostTokens: 1.5 },
  {
    letter:
      /(?![\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Inherited}\p{Script=Common}])[\p{L}\p{M}]/gu,
    mostTokens: 0.8,
  },
] as const;

/** Warnings where a model's vocabulary, in which `unknown` is the id of unknown tokens, hardly has the words of a text. */
export function coverageWarnings(
  texts: readonly string[],
  tokens: readonly Token[],
  unknown: number | null,
): Message[] {
  const content = tokens.filter((token) => !token.special);
  // A text may spell the token itself, as one of GPT-2's that ends a text and stands for what is unknown.
  const missing = content.filter(({ id, piece, text }) => id === unknown && text.trim() !== piece).length;
  const all = countOf(texts, /\p{L}/gu);
  const fallsApart = scripts.some(({ letter, mostTokens }) => {
    const letters = countOf(texts, letter);
    const made = content.filter(({ text }) => text.search(letter) >= 0).length;
    return letters >= Math.max(fewestLetters, leastShare * all) && made > mostTokens * letters;
  });
  return [
    ...(missing > 0 && missing >= muchUnknown * content.length
      ? [
          message(
            "{0} of {1} tokens are unknown to the model: it does not see what they say. Choose a model that knows them.",
            missing,
            content.length,
          ),
        ]
      : []),
    ...(fallsApart
      ? [
          message(
            "The model's vocabulary hardly covers the script of this text: words fall apart into single letters or bytes. Choose a model for this language.",
          ),
        ]
      : []),
  ];
}

function countOf(texts: readonly string[], letter: RegExp): number {
  return texts.reduce((sum, text) => sum + (text.match(letter)?.length ?? 0), 0);
}
