import { asObject, asString, asVocabulary, corruptTokenizer, type JsonObject, longestToken } from "./json";
import { languageCodeEnd } from "./marianNormalizer";
import { type Model, type Piece, piecesById } from "./model";
import { createUnigram } from "./unigram";

/**
 * The model of Marian, which no tokenizer.json has: a sentencepiece model (`pieces`, as the options of a Unigram model) cuts a text, a vocabulary of its own numbers the pieces, and
 * a language's name such as `>>fra<<` before a text is one piece.
 */
export function createMarian(options: JsonObject): Model {
  const vocabulary = asVocabulary(options.vocab, "the vocabulary");
  const unknown = vocabulary.get(asString(options.unk_token, "unk_token", longestToken));
  if (unknown === undefined) {
    throw corruptTokenizer("the unknown token is not in the vocabulary");
  }
  const cutter = createUnigram(asObject(options.pieces, "the pieces"));
  const byId = piecesById(vocabulary);
  return {
    size: vocabulary.size,
    pieceToId: (piece) => vocabulary.get(piece),
    idToPiece: (id) => byId.get(id),
    tokenize(text) {
      const numbered = ({ start, end }: Pick<Piece, "start" | "end">): Piece => ({
        id: vocabulary.get(text.slice(start, end)) ?? unknown,
        start,
        end,
      });
      const code = languageCodeEnd(text);
      const pieces = cutter
        .tokenize(text.slice(code))
        .map(({ start, end }) => numbered({ start: start + code, end: end + code }));
      return code > 0 ? [numbered({ start: 0, end: code }), ...pieces] : pieces;
    },
  };
}
