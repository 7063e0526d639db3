import { asIndex, asString, asVocabulary, corruptTokenizer, type JsonObject, longestToken } from "./json";
import { type Model, type Piece, piecesById } from "./model";
import { StringTrie } from "./trie";

/** WordPiece (BERT): the longest piece first, from left to right; a word that cannot be cut to its end is unknown as a whole. */
export function createWordPiece(options: JsonObject): Model {
  const vocabulary = asVocabulary(options.vocab, "the vocabulary");
  const unknown = asString(options.unk_token ?? "[UNK]", "unk_token");
  const prefix = asString(options.continuing_subword_prefix ?? "##", "continuing_subword_prefix", longestToken);
  const longestWord = asIndex(options.max_input_chars_per_word ?? 100, "max_input_chars_per_word");
  const trie = new StringTrie(vocabulary, vocabulary.size * 3);
  const continuation = trie.walk(prefix);
  const byId = piecesById(vocabulary);

  const wholeUnknown = (word: string): Piece[] => {
    const id = vocabulary.get(unknown);
    if (id === undefined) {
      throw corruptTokenizer("the unknown token is not in the vocabulary");
    }
    return [{ id, start: 0, end: word.length }];
  };

  return {
    size: vocabulary.size,
    pieceToId: (piece) => vocabulary.get(piece),
    idToPiece: (id) => byId.get(id),
    tokenize(word) {
      if (isLongerThan(word, longestWord)) {
        return wholeUnknown(word);
      }
      const pieces: Piece[] = [];
      let start = 0;
      while (start < word.length) {
        let node = start === 0 ? 0 : continuation;
        let id = -1;
        let end = start;
        for (let unit = start; unit < word.length && node >= 0; unit++) {
          node = trie.step(node, word.charCodeAt(unit));
          const found = node < 0 ? -1 : trie.numberAt(node);
          if (found >= 0) {
            id = found;
            end = unit + 1;
          }
        }
        if (id < 0) {
          return wholeUnknown(word);
        }
        pieces.push({ id, start, end });
        start = end;
      }
      return pieces;
    },
  };
}

/** Whether a word has more than `limit` characters (code points). */
function isLongerThan(word: string, limit: number): boolean {
  if (word.length <= limit) {
    return false;
  }
  let count = 0;
  for (const _ of word) {
    count++;
  }
  return count > limit;
}
