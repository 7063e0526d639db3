import { ExplainError } from "../../common/errors";
import { decode } from "../../graph/protobuf";
import { type Message, type Schema, schema } from "../../graph/protobufSchema";
import { readBytes } from "../readJson";
import { damaged } from "./damaged";

/** What a piece is for, as sentencepiece numbers it. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A piece of a sentencepiece model; its id is its place. */
export interface SentencePiece {
  readonly piece: string;
  /** The logarithm of its probability, or how early it was learnt. */
  readonly score: number;
  /** One of {@link pieceTypes}. */
  readonly type: number;
}

/** A sentencepiece model (Kudo & Richardson 2018). */
export interface SentencePieceModel {
  /** The file's name. */
  readonly file: string;
  readonly kind: "unigram" | "bpe";
  readonly pieces: readonly SentencePiece[];
  readonly unknownId: number;
  readonly unknownPiece: string;
  /** The pieces that begin and end a text; `null` where the model has none. */
  readonly beginPiece: string | null;
  readonly endPiece: string | null;
  readonly byteFallback: boolean;
  /** How characters are replaced, as the file has it; empty for not at all. */
  readonly characterMap: Uint8Array;
  readonly addsDummyPrefix: boolean;
  readonly removesExtraSpaces: boolean;
  readonly escapesSpaces: boolean;
  readonly spaceAsSuffix: boolean;
}

interface PieceMessage extends Message {
  readonly piece?: string;
  readonly score?: number;
  readonly type?: number;
}

interface TrainerMessage extends Message {
  readonly modelType?: number;
  readonly spaceAsSuffix?: number;
  readonly byteFallback?: number;
  readonly unkId?: number;
  readonly bosId?: number;
  readonly eosId?: number;
  readonly unkPiece?: string;
  readonly bosPiece?: string;
  readonly eosPiece?: string;
}

interface NormalizerMessage extends Message {
  readonly characterMap?: Uint8Array;
  readonly addDummyPrefix?: number;
  readonly removeExtraWhitespaces?: number;
  readonly escapeWhitespaces?: number;
}

interface ModelMessage extends Message {
  readonly pieces: readonly PieceMessage[];
  readonly trainer?: TrainerMessage;
  readonly normalizer?: NormalizerMessage;
}

const pieceSchema: Schema<PieceMessage> = schema("SentencePiece", {
  piece: [1, "string"],
  score: [2, "float"],
  type: [3, "int"],
});

const trainerSchema: Schema<TrainerMessage> = schema("TrainerSpec", {
  modelType: [3, "int"],
  spaceAsSuffix: [24, "int"],
  byteFallback: [35, "int"],
  unkId: [40, "int"],
  bosId: [41, "int"],
  eosId: [42, "int"],
  unkPiece: [45, "string"],
  bosPiece: [46, "string"],
  eosPiece: [47, "string"],
});

const normalizerSchema: Schema<NormalizerMessage> = schema("NormalizerSpec", {
  characterMap: [2, "bytes"],
  addDummyPrefix: [3, "int"],
  removeExtraWhitespaces: [4, "int"],
  escapeWhitespaces: [5, "int"],
});

const modelSchema: Schema<ModelMessage> = schema("ModelProto", {
  pieces: [1, () => pieceSchema, "repeated"],
  trainer: [2, () => trainerSchema],
  normalizer: [3, () => normalizerSchema],
});

/** The largest known has 5 MB. */
const maximumBytes = 32 * 2 ** 20;
/** The longest known has 256 UTF-16 units. */
const longestPiece = 1024;
const kinds: Readonly<Record<number, "unigram" | "bpe">> = { 1: "unigram", 2: "bpe" };

/**
 * Reads a sentencepiece model from the file `name` of a folder; `undefined` where there is no such file. Throws `tokenizer-corrupt` for what cannot be meant, and for the
 * kinds of models that cut texts into words or characters.
 */
export function readSentencePiece(directory: string, name: string): SentencePieceModel | undefined {
  const bytes = readBytes(directory, name, maximumBytes, "tokenizer-corrupt");
  if (bytes === undefined) {
    return undefined;
  }
  const { pieces: messages, trainer = {}, normalizer = {} } = decoded(bytes, name);
  const kind = kinds[trainer.modelType ?? 1];
  if (kind === undefined) {
    throw damaged(name, "it is a sentencepiece model of a kind that no transformer reads");
  }
  const pieces = messages.map((message) => readPiece(message, name));
  const unknownId = trainer.unkId ?? 0;
  if (unknownId < 0 || unknownId >= pieces.length) {
    throw damaged(name, "the piece for what is unknown is not in it");
  }
  return {
    file: name,
    kind,
    pieces,
    unknownId,
    unknownPiece: trainer.unkPiece ?? "<unk>",
    beginPiece: (trainer.bosId ?? 1) < 0 ? null : trainer.bosPiece || "<s>",
    endPiece: (trainer.eosId ?? 2) < 0 ? null : trainer.eosPiece || "</s>",
    byteFallback: (trainer.byteFallback ?? 0) !== 0,
    characterMap: normalizer.characterMap ?? new Uint8Array(),
    addsDummyPrefix: (normalizer.addDummyPrefix ?? 1) !== 0,
    removesExtraSpaces: (normalizer.removeExtraWhitespaces ?? 1) !== 0,
    escapesSpaces: (normalizer.escapeWhitespaces ?? 1) !== 0,
    spaceAsSuffix: (trainer.spaceAsSuffix ?? 0) !== 0,
  };
}

function decoded(bytes: Uint8Array, name: string): ModelMessage {
  try {
    return decode(modelSchema, bytes);
  } catch (error) {
    // The reader's sentence is about model files; the detail is its only argument.
    throw damaged(name, String(ExplainError.from(error).text.args[0] ?? "it is no sentencepiece model"));
  }
}

function readPiece({ piece = "", score = 0, type = pieceTypes.normal }: PieceMessage, name: string): SentencePiece {
  if (piece.length > longestPiece) {
    throw damaged(name, "it has a piece that is absurdly long");
  }
  if (!Number.isFinite(score)) {
    throw damaged(name, "a score in it is not a number");
  }
  return { piece, score, type };
}
