import { asString, asVocabulary, corruptTokenizer, type JsonObject } from "./json";
import { type Model, piecesById } from "./model";

/** WordLevel: each word is one piece or unknown. */
export function createWordLevel(options: JsonObject): Model {
  const vocabulary = asVocabulary(options.vocab, "the vocabulary");
  const unknown = asString(options.unk_token ?? "<unk>", "unk_token");
  const byId = piecesById(vocabulary);
  return {
    size: vocabulary.size,
    pieceToId: (piece) => vocabulary.get(piece),
    idToPiece: (id) => byId.get(id),
    tokenize(word) {
      const id = vocabulary.get(word) ?? vocabulary.get(unknown);
      if (id === undefined) {
        throw corruptTokenizer("the unknown token is not in the vocabulary");
      }
      return [{ id, start: 0, end: word.length }];
    },
  };
}
