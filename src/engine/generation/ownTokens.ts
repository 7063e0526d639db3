import type { Token } from "../../common/explanation";

/**
 * The tokens of a longer text in which `text` stands `at` an offset, itself `from` an offset of the person's: those of `text` have their ranges in the person's, all around them
 * are special. Of a token that reaches over an end what is of the text counts.
 */
export function ownTokens(
  tokens: readonly Token[],
  { text, from, at }: { readonly text: string; readonly from: number; readonly at: number },
): readonly Token[] {
  return tokens.map((token) => {
    const [start, end] = [Math.max(token.start - at, 0), Math.min(token.end - at, text.length)];
    return !token.special && end > start
      ? { ...token, text: text.slice(start, end), start: start + from, end: end + from }
      : { ...token, text: "", start: 0, end: 0, special: true };
  });
}
