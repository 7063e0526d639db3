import type { JsonObject } from "../readJson";
import { addedToken, type NamedToken } from "./addedToken";
import type { Parts } from "./assembly";
import { damaged, unreadable } from "./damaged";
import { type OldFiles, spmOf } from "./family";
import { pieceTypes, type SentencePiece, type SentencePieceModel } from "./sentencePieceFile";

/** A piece with its score. */
export type Scored = readonly [piece: string, score: number];

/** The model's part of a tokenizer.json, with the ids of its pieces. */
export type ModelParts = Pick<Parts, "model" | "ids" | "size">;

/** About how many characters are compared to find merges; the largest vocabularies known need a fifth. */
const mostSplitting = 200_000_000;

/** Pieces with their scores, in the order of their ids. */
export function scored(pieces: readonly SentencePiece[]): readonly Scored[] {
  return pieces.map(({ piece, score }) => [piece, score] as const);
}

/** A model that cuts a text where the sum of its pieces' scores is largest. */
export function unigramParts(vocabulary: readonly Scored[], unknownId: number, byteFallback = false): ModelParts {
  if (vocabulary[unknownId] === undefined) {
    throw damaged("The vocabulary", "the token for what is unknown is not in it");
  }
  return {
    model: { type: "Unigram", unk_id: unknownId, vocab: vocabulary, byte_fallback: byteFallback },
    ids: new Map(vocabulary.map(([piece], id) => [piece, id])),
    size: vocabulary.length,
  };
}

/** A model that merges neighbours of a text, those first that make up the piece with the smallest id. */
export function mergingParts(
  spm: SentencePieceModel,
  options: JsonObject,
  rename?: ReadonlyMap<string, string>,
): ModelParts {
  const pieces = new Map(spm.pieces.map(({ piece }, id) => [piece, id]));
  const merges = mergesOf(pieces, spm.file);
  const ids = new Map([...pieces].map(([piece, id]) => [rename?.get(piece) ?? piece, id]));
  const model = {
    type: "BPE",
    fuse_unk: true,
    ignore_merges: false,
    ...options,
    vocab: Object.fromEntries(ids),
    merges,
  };
  return { model, ids, size: ids.size };
}

/** All ways to put a piece together from two others, in the order of the pieces' ids and then of the length of the first part. */
function mergesOf(ids: ReadonlyMap<string, number>, file: string): readonly (readonly [string, string])[] {
  let splitting = 0;
  for (const piece of ids.keys()) {
    splitting += piece.length ** 2;
  }
  if (splitting > mostSplitting) {
    throw damaged(file, "its pieces are longer than those of any known tokenizer");
  }
  const merges: (readonly [string, string])[] = [];
  for (const [piece] of [...ids].sort(([, a], [, b]) => a - b)) {
    for (let at = 1; at < piece.length; at++) {
      const [left, right] = [piece.slice(0, at), piece.slice(at)];
      if (ids.has(left) && ids.has(right)) {
        merges.push([left, right]);
      }
    }
  }
  return merges;
}

/** The tokens of a sentencepiece model that are looked for in texts before anything else: those that control, and those that its maker asked for. */
export function spmTokens({ pieces }: SentencePieceModel): NamedToken[] {
  return pieces
    .filter(({ type }) => type === pieceTypes.control || type === pieceTypes.userDefined)
    .map(({ piece, type }) => addedToken(piece, { normalized: false, special: type === pieceTypes.control }));
}

/** Refuses a sentencepiece model that cuts texts in another way than its class of tokenizers does. */
export function requireKind({ kind, file }: SentencePieceModel, wanted: "unigram" | "bpe", tokenizer: string): void {
  if (kind !== wanted) {
    const names = { unigram: "pieces with probabilities (Unigram)", bpe: "merges (BPE)" };
    throw unreadable(`${file} has ${names[kind]}, and ${tokenizer} expects ${names[wanted]}`);
  }
}

/** Reads a sentencepiece model of a folder that is to be of a kind; throws what {@link spmOf} and {@link requireKind} throw. */
export function openSpm(files: OldFiles, name: string, kind: "unigram" | "bpe", tokenizer: string): SentencePieceModel {
  const spm = spmOf(files, name);
  requireKind(spm, kind, tokenizer);
  return spm;
}

/** The normaliser by the character map of a sentencepiece model; none where the model has no map. */
export function characterMapOf({ characterMap }: SentencePieceModel): readonly JsonObject[] {
  const precompiled_charsmap = Buffer.from(characterMap).toString("base64");
  return characterMap.length > 0 ? [{ type: "Precompiled", precompiled_charsmap }] : [];
}

/** Normalisers one after the other. */
export function sequence(normalizers: readonly JsonObject[]): JsonObject {
  return { type: "Sequence", normalizers };
}

/** Words as sentencepiece marks them, with `▁` where a space stood. */
export function metaspace(scheme: "always" | "first" | "never", split = true): JsonObject {
  return { type: "Metaspace", replacement: "▁", prepend_scheme: scheme, split };
}

/** Words between spaces, each marked with `▁`. */
export function spacedWords(scheme: "always" | "never"): JsonObject {
  return { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace(scheme)] };
}

/** Replaces every match of an expression. */
export function replace(expression: string, content: string): JsonObject {
  return { type: "Replace", pattern: { Regex: expression }, content };
}

/** Replaces every occurrence of a text. */
export function replaceText(text: string, content: string): JsonObject {
  return { type: "Replace", pattern: { String: text }, content };
}

/** Turns pieces with `▁` and pieces for single bytes back into text. */
export function bytesDecoder(stripsFirstSpace: boolean): JsonObject {
  const strip = stripsFirstSpace ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : [];
  return {
    type: "Sequence",
    decoders: [replaceText("▁", " "), { type: "ByteFallback" }, { type: "Fuse" }, ...strip],
  };
}
