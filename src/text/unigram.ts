import { byteFallbackPiece } from "./bpe";
import { asArray, asBoolean, asIndex, asString, corruptTokenizer, type JsonObject } from "./json";
import type { Model, Piece } from "./model";
import { unitsAt } from "./normalizedText";
import { StringTrie } from "./trie";

/** An unknown character scores this much less than the worst piece. */
const unknownPenalty = 10;

const longestCachedWord = 256;
const cachedWords = 10_000;

const encoder = new TextEncoder();

/**
 * Unigram language model (Kudo 2018): the cut with the largest sum of log-probabilities, by the Viterbi algorithm. Neighbouring
 * unknown characters are one token.
 */
export function createUnigram(options: JsonObject): Model {
  const pieces: string[] = [];
  const scores: number[] = [];
  const ids = new Map<string, number>();
  for (const entry of asArray(options.vocab, "the vocabulary")) {
    const [piece, score] = asArray(entry, "an entry of the vocabulary");
    if (typeof score !== "number" || Number.isNaN(score)) {
      throw corruptTokenizer("a score of the vocabulary is not a number");
    }
    ids.set(asString(piece, "a piece of the vocabulary"), pieces.length);
    pieces.push(asString(piece, "a piece of the vocabulary"));
    scores.push(score);
  }
  const unknown = options.unk_id === undefined || options.unk_id === null ? null : asIndex(options.unk_id, "unk_id");
  if (unknown !== null && unknown >= pieces.length) {
    throw corruptTokenizer("the unknown token is not in the vocabulary");
  }
  const byteFallback = asBoolean(options.byte_fallback, false, "byte_fallback");
  const trie = new StringTrie(ids, ids.size * 3);
  const unknownScore =
    scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - unknownPenalty;
  const cache = new Map<string, readonly Piece[]>();

  const unknownId = (): number => {
    if (unknown === null) {
      throw corruptTokenizer("the unknown token is not in the vocabulary");
    }
    return unknown;
  };

  /** The ends of the best pieces from right to left, unknown neighbours joined. */
  const bestCut = (word: string): { start: number; end: number }[] => {
    const best = new Float64Array(word.length + 1);
    const from = new Int32Array(word.length + 1).fill(-1);
    const chosen = new Int32Array(word.length + 1);
    const offer = (start: number, end: number, score: number, id: number) => {
      if (from[end] === -1 || score > (best[end] ?? 0)) {
        best[end] = score;
        from[end] = start;
        chosen[end] = id;
      }
    };
    for (let start = 0; start < word.length; ) {
      const next = start + unitsAt(word, start);
      const sofar = best[start] ?? 0;
      let single = false;
      let node = 0;
      for (let unit = start; unit < word.length; unit++) {
        node = trie.step(node, word.charCodeAt(unit));
        if (node < 0) {
          break;
        }
        const id = trie.numberAt(node);
        if (id >= 0) {
          offer(start, unit + 1, (scores[id] ?? 0) + sofar, id);
          single ||= unit + 1 === next;
        }
      }
      if (!single) {
        offer(start, next, unknownScore + sofar, unknownId());
      }
      start = next;
    }
    const cuts: { start: number; end: number }[] = [];
    let joining = false;
    for (let end = word.length; end > 0; end = from[end] ?? 0) {
      const start = from[end] ?? 0;
      const last = cuts[cuts.length - 1];
      const isUnknown = chosen[end] === unknown;
      if (isUnknown && joining && last) {
        last.start = start;
      } else {
        cuts.push({ start, end });
      }
      joining = isUnknown;
    }
    return cuts.reverse();
  };

  const bytesOf = (text: string): number[] | null => {
    const found: number[] = [];
    for (const byte of encoder.encode(text)) {
      const id = ids.get(byteFallbackPiece(byte));
      if (id === undefined) {
        return null;
      }
      found.push(id);
    }
    return found;
  };

  const cut = (word: string): readonly Piece[] => {
    const found: Piece[] = [];
    for (const { start, end } of bestCut(word)) {
      const text = word.slice(start, end);
      const id = ids.get(text);
      const bytes = id === undefined && byteFallback ? bytesOf(text) : null;
      if (bytes) {
        for (const byte of bytes) {
          found.push({ id: byte, start, end });
        }
      } else {
        found.push({ id: id ?? unknownId(), start, end });
      }
    }
    return found;
  };

  return {
    size: pieces.length,
    pieceToId: (piece) => ids.get(piece),
    idToPiece: (id) => pieces[id],
    tokenize(word) {
      const known = cache.get(word);
      if (known) {
        return known;
      }
      const result = cut(word);
      if (word.length <= longestCachedWord && cache.size < cachedWords) {
        cache.set(word, result);
      }
      return result;
    },
  };
}
