import { byteIds } from "./byteFallback";
import {
  asArray,
  asBoolean,
  asOptionalString,
  asString,
  asVocabulary,
  corruptTokenizer,
  type JsonObject,
  longestToken,
  unsupportedTokenizer,
} from "./json";
import { MinHeap } from "./minHeap";
import { type Model, type Piece, piecesById } from "./model";
import { unitsAt } from "./normalizedText";
import { PairTable } from "./pairTable";
import { rememberWords } from "./rememberedWords";

/** A heap key is rank · 2³¹ + position, so that it stays an exact number. */
const rankUnit = 2 ** 31;

interface Merges {
  /** From the ids of two neighbours to the rank of their merge. */
  readonly ranks: PairTable;
  /** The merged piece by rank. */
  readonly merged: Int32Array;
}

/** The symbols of a word while they are merged. A length of 0 marks a symbol that was merged away. */
interface Symbols {
  readonly ids: number[];
  readonly lengths: number[];
  /** Lengths are UTF-8 bytes, not UTF-16 units. */
  readonly inBytes: boolean;
}

/** What a word's characters become before they are merged. */
interface Alphabet {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly unknown: string | null;
  readonly prefix: string;
  readonly suffix: string;
  readonly fuseUnknown: boolean;
  readonly byteFallback: boolean;
}

/**
 * Byte pair encoding (Sennrich et al. 2016): characters, then the pair of neighbours that was learnt first is merged, again and
 * again. Unknown characters become their bytes (`byte_fallback`), the unknown token, or nothing.
 */
export function createBpe(options: JsonObject): Model {
  if (typeof options.dropout === "number" && options.dropout > 0) {
    throw unsupportedTokenizer("random merges (dropout)");
  }
  const vocabulary = asVocabulary(options.vocab, "the vocabulary");
  const alphabet: Alphabet = {
    vocabulary,
    unknown: asOptionalString(options.unk_token, "unk_token", longestToken),
    prefix: asOptionalString(options.continuing_subword_prefix, "continuing_subword_prefix", longestToken) ?? "",
    suffix: asOptionalString(options.end_of_word_suffix, "end_of_word_suffix", longestToken) ?? "",
    fuseUnknown: asBoolean(options.fuse_unk, false, "fuse_unk"),
    byteFallback: asBoolean(options.byte_fallback, false, "byte_fallback"),
  };
  const ignoreMerges = asBoolean(options.ignore_merges, false, "ignore_merges");
  const merges = readMerges(options.merges, vocabulary, alphabet.prefix);
  const byId = piecesById(vocabulary);
  const cut = rememberWords((word) => {
    const symbols = symbolsOf(word, alphabet);
    merge(symbols, merges);
    return toPieces(word, symbols);
  });
  return {
    size: vocabulary.size,
    pieceToId: (piece) => vocabulary.get(piece),
    idToPiece: (id) => byId.get(id),
    tokenize(word) {
      const whole = ignoreMerges ? vocabulary.get(word) : undefined;
      return whole === undefined ? cut(word) : [{ id: whole, start: 0, end: word.length }];
    },
  };
}

function unknownId({ vocabulary, unknown }: Alphabet): number {
  const id = unknown === null ? undefined : vocabulary.get(unknown);
  if (id === undefined) {
    throw corruptTokenizer("the unknown token is not in the vocabulary");
  }
  return id;
}

/** The characters of a word as symbols. Counts in UTF-16 units, and once more in bytes when symbols and characters are not the same any more. */
function symbolsOf(word: string, alphabet: Alphabet, inBytes = false): Symbols {
  const { vocabulary, unknown, prefix, suffix, fuseUnknown, byteFallback } = alphabet;
  const symbols: Symbols = { ids: [], lengths: [], inBytes };
  let unknownLength = 0;
  const add = (id: number, length: number) => {
    symbols.ids.push(id);
    symbols.lengths.push(length);
  };
  const flushUnknown = () => {
    if (unknownLength > 0) {
      add(unknownId(alphabet), unknownLength);
      unknownLength = 0;
    }
  };
  for (let start = 0; start < word.length; ) {
    const end = start + unitsAt(word, start);
    const character = word.slice(start, end);
    const symbol = (start > 0 ? prefix : "") + character + (end === word.length ? suffix : "");
    const length = inBytes ? utf8Length(character) : end - start;
    start = end;
    const id = vocabulary.get(symbol);
    if (id !== undefined) {
      flushUnknown();
      add(id, length);
      continue;
    }
    const bytes = byteFallback ? byteIds(symbol, vocabulary) : null;
    if (bytes === null && unknown !== null) {
      if (!fuseUnknown) {
        flushUnknown();
      }
      unknownLength += length;
      continue;
    }
    if (!inBytes) {
      return symbolsOf(word, alphabet, true);
    }
    // The package does not add a waiting unknown token before these bytes, so its place is after them. A character that has
    // neither is left out, and those after it take its place.
    for (const byte of bytes ?? []) {
      add(byte, 1);
    }
  }
  flushUnknown();
  return symbols;
}

function readMerges(json: unknown, vocabulary: ReadonlyMap<string, number>, prefix: string): Merges {
  const list = asArray(json, "the list of merges").filter(
    (merge) => typeof merge !== "string" || !merge.startsWith("#version"),
  );
  const ranks = new PairTable(list.length);
  const merged = new Int32Array(list.length);
  const idOf = (piece: string): number => {
    const id = vocabulary.get(piece);
    if (id === undefined) {
      throw corruptTokenizer(`the merged piece ${JSON.stringify(piece.slice(0, 40))} is not in the vocabulary`);
    }
    return id;
  };
  list.forEach((merge, rank) => {
    const pair = typeof merge === "string" ? merge.split(" ") : asArray(merge, "a merge");
    if (pair.length !== 2) {
      throw corruptTokenizer("a merge is not a pair");
    }
    const left = asString(pair[0], "a merge");
    const right = asString(pair[1], "a merge");
    ranks.set(idOf(left), idOf(right), rank);
    merged[rank] = idOf(left + right.slice(prefix.length));
  });
  return { ranks, merged };
}

function merge(symbols: Symbols, merges: Merges): void {
  const { ids, lengths } = symbols;
  const { ranks, merged } = merges;
  const count = ids.length;
  const next = new Int32Array(count);
  const previous = new Int32Array(count);
  const heap = new MinHeap();
  const offer = (left: number, right: number) => {
    const rank = ranks.get(ids[left] ?? 0, ids[right] ?? 0);
    if (rank >= 0) {
      heap.push(rank * rankUnit + left);
    }
  };
  for (let index = 0; index < count; index++) {
    next[index] = index + 1 < count ? index + 1 : -1;
    previous[index] = index - 1;
    if (index > 0) {
      offer(index - 1, index);
    }
  }
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const rank = Math.floor(key / rankUnit);
    const left = key - rank * rankUnit;
    const right = next[left] ?? -1;
    if (lengths[left] === 0 || right < 0) {
      continue;
    }
    const current = ranks.get(ids[left] ?? 0, ids[right] ?? 0);
    const id = merged[rank] ?? 0;
    if (current < 0 || merged[current] !== id) {
      continue;
    }
    ids[left] = id;
    lengths[left] = (lengths[left] ?? 0) + (lengths[right] ?? 0);
    lengths[right] = 0;
    const after = next[right] ?? -1;
    next[left] = after;
    if (after >= 0) {
      previous[after] = left;
      offer(left, after);
    }
    const before = previous[left] ?? -1;
    if (before >= 0) {
      offer(before, left);
    }
  }
}

function toPieces(word: string, { ids, lengths, inBytes }: Symbols): readonly Piece[] {
  const boundaries = inBytes ? characterBoundaries(word) : null;
  const pieces: Piece[] = [];
  let place = 0;
  for (let index = 0; index < ids.length; index++) {
    const length = lengths[index] ?? 0;
    if (length > 0) {
      const end = place + length;
      pieces.push({
        id: ids[index] ?? 0,
        start: boundaries ? (boundaries.starts[place] ?? word.length) : place,
        end: boundaries ? (boundaries.ends[end - 1] ?? word.length) : end,
      });
      place = end;
    }
  }
  return pieces;
}

/** For each UTF-8 byte of a word the UTF-16 range of its character. */
function characterBoundaries(word: string): { readonly starts: number[]; readonly ends: number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let start = 0; start < word.length; ) {
    const end = start + unitsAt(word, start);
    for (let byte = utf8Length(word.slice(start, end)); byte > 0; byte--) {
      starts.push(start);
      ends.push(end);
    }
    start = end;
  }
  return { starts, ends };
}

function utf8Length(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
