import { ExplainError } from "../common/errors";
import type { ExplainRequest, Token } from "../common/explanation";
import { message } from "../common/message";
import { checkText } from "../common/textLimits";
import type { Tokenizer } from "../text/tokenizer";
import { idAt, type ResolvedBaseline, resolveBaseline } from "./baseline";

/**
 * Another text as the baseline: its first token stands for the first one of the text, and so on, without special tokens on either side. What it has too many is left
 * out, and the mask token, or what stands for it, fills it up. Throws `method-unavailable` for a pair, for a text without tokens, and where nothing can fill it up.
 */
export function otherText(
  { baselineText, pair }: Pick<ExplainRequest, "baselineText" | "pair">,
  tokens: readonly Token[],
  tokenizer: Pick<Tokenizer, "specials" | "idToPiece" | "encodeContent">,
): ResolvedBaseline {
  if (pair !== null) {
    throw new ExplainError(
      "method-unavailable",
      "Another text can stand for one text, not for a pair. Leave the other text out or choose another baseline.",
    );
  }
  checkText(baselineText, null);
  const other = tokenizer.encodeContent(baselineText, 0);
  const content = tokens.filter(({ special }) => !special);
  if (other.length === 0) {
    throw new ExplainError(
      "method-unavailable",
      "The model sees no token in the other text that stands for absent words. Write words, or leave it out.",
    );
  }
  const missing = content.length - other.length;
  const filler = missing > 0 ? resolveBaseline("mask", tokenizer, true).embedded : null;
  const ids = Int32Array.from(tokens, ({ id }) => id);
  content.forEach(({ index }, at) => {
    ids[index] = other[at]?.id ?? (filler ? idAt(filler, index) : 0);
  });
  const standIn = { kind: "text", ids } as const;
  return {
    replacement: standIn,
    placeholder: standIn,
    embedded: standIn,
    ofRows: "otherText",
    ofEmbeddings: "otherText",
    warning:
      missing === 0
        ? null
        : filler
          ? message(
              "Tokens of the other text: {0}; of this one: {1}. Where the other has none left, {2} stands in (places: {3}).",
              other.length,
              content.length,
              tokenizer.idToPiece(idAt(filler, 0)) ?? "",
              missing,
            )
          : message(
              "Tokens of the other text: {0}; of this one: {1}. The last ones of the other were left out (tokens: {2}).",
              other.length,
              content.length,
              -missing,
            ),
  };
}
