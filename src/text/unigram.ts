import { byteIds } from "./byteFallback";
import { asArray, asBoolean, asIndex, asString, corruptTokenizer, type JsonObject } from "./json";
import type { Model, Piece } from "./model";
import { unitsAt } from "./normalizedText";
import { rememberWords } from "./rememberedWords";
import { StringTrie } from "./trie";

/** An unknown character scores this much less than the worst piece. */
const unknownPenalty = 10;

interface Vocabulary {
  readonly pieces: readonly string[];
  readonly scores: readonly number[];
  readonly ids: ReadonlyMap<string, number>;
  readonly unknown: number | null;
}

/**
 * Unigram language model (Kudo 2018): the cut with the largest sum of log-probabilities, by the Viterbi algorithm. Neighbouring
 * unknown characters are one token. With `single_precision`, which no tokenizer.json has, sums are rounded as sentencepiece does.
 */
export function createUnigram(options: JsonObject): Model {
  const vocabulary = readVocabulary(options);
  const { pieces, ids } = vocabulary;
  const byteFallback = asBoolean(options.byte_fallback, false, "byte_fallback");
  const single = asBoolean(options.single_precision, false, "single_precision");
  const lattice = new Lattice(vocabulary, single ? Math.fround : (sum) => sum);

  const cut = (word: string): readonly Piece[] => {
    const found: Piece[] = [];
    for (const { start, end } of lattice.bestCut(word)) {
      const text = word.slice(start, end);
      const id = ids.get(text);
      const bytes = id === undefined && byteFallback ? byteIds(text, ids) : null;
      for (const each of bytes ?? [id ?? unknownId(vocabulary)]) {
        found.push({ id: each, start, end });
      }
    }
    return found;
  };

  return {
    size: pieces.length,
    pieceToId: (piece) => ids.get(piece),
    idToPiece: (id) => pieces[id],
    tokenize: rememberWords(cut),
  };
}

function readVocabulary(options: JsonObject): Vocabulary {
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
  return { pieces, scores, ids, unknown };
}

function unknownId({ unknown }: Vocabulary): number {
  if (unknown === null) {
    throw corruptTokenizer("the unknown token is not in the vocabulary");
  }
  return unknown;
}

/** A stretch of a word. */
interface Stretch {
  start: number;
  end: number;
}

/** All ways to cut a word into pieces of a vocabulary. */
class Lattice {
  readonly #vocabulary: Vocabulary;
  readonly #trie: StringTrie;
  readonly #unknownScore: number;
  readonly #round: (sum: number) => number;

  constructor(vocabulary: Vocabulary, round: (sum: number) => number) {
    this.#round = round;
    const { ids, scores } = vocabulary;
    this.#vocabulary = vocabulary;
    this.#trie = new StringTrie(ids, ids.size * 3);
    this.#unknownScore = round(
      scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - unknownPenalty,
    );
  }

  /** The best pieces in order, unknown neighbours joined. */
  bestCut(word: string): Stretch[] {
    const best = new Float64Array(word.length + 1);
    const from = new Int32Array(word.length + 1).fill(-1);
    const chosen = new Int32Array(word.length + 1);
    const { scores } = this.#vocabulary;
    const trie = this.#trie;
    const round = this.#round;
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
          offer(start, unit + 1, round((scores[id] ?? 0) + sofar), id);
          single ||= unit + 1 === next;
        }
      }
      if (!single) {
        offer(start, next, round(this.#unknownScore + sofar), unknownId(this.#vocabulary));
      }
      start = next;
    }
    return this.#walkBack(from, chosen);
  }

  #walkBack(from: Int32Array, chosen: Int32Array): Stretch[] {
    const { unknown } = this.#vocabulary;
    const cuts: Stretch[] = [];
    let joining = false;
    for (let end = from.length - 1; end > 0; end = from[end] ?? 0) {
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
  }
}
