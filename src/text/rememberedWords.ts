import type { Piece } from "./model";

/** Words up to this length are remembered, this many of them. */
const longestWord = 256;
const mostWords = 10_000;

/** A way to cut words that remembers what became of them. */
export function rememberWords(cut: (word: string) => readonly Piece[]): (word: string) => readonly Piece[] {
  const known = new Map<string, readonly Piece[]>();
  return (word) => {
    const before = known.get(word);
    if (before) {
      return before;
    }
    const pieces = cut(word);
    if (word.length <= longestWord && known.size < mostWords) {
      known.set(word, pieces);
    }
    return pieces;
  };
}
