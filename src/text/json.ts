import { ExplainError } from "../common/errors";

/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Words of a file in a sentence are cut after so many UTF-16 units. */
const longestWords = 200;

/** The error for a tokenizer file whose content makes no sense. */
export function corruptTokenizer(what: string): ExplainError {
  return new ExplainError(
    "tokenizer-corrupt",
    "The tokenizer file is damaged ({0}); get the model again.",
    what.slice(0, longestWords),
  );
}

/** The error for a part of a tokenizer that this product does not have. */
export function unsupportedTokenizer(what: string): ExplainError {
  return new ExplainError(
    "tokenizer-unsupported",
    "The tokenizer needs {0}, which is not supported; choose another model.",
    what.slice(0, longestWords),
  );
}

/** Narrows to an object; throws `tokenizer-corrupt` naming `where`. */
export function asObject(value: unknown, where: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw corruptTokenizer(`${where} is not an object`);
  }
  return value as JsonObject;
}

/** Narrows to an array; throws `tokenizer-corrupt` naming `where`. */
export function asArray(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw corruptTokenizer(`${where} is not a list`);
  }
  return value;
}

/** Special tokens, prefixes and the like have no more UTF-16 units. */
export const longestToken = 1024;

/** Narrows to text of at most `longest` UTF-16 units; throws `tokenizer-corrupt` naming `where`. */
export function asString(value: unknown, where: string, longest = Number.POSITIVE_INFINITY): string {
  if (typeof value !== "string") {
    throw corruptTokenizer(`${where} is not text`);
  }
  if (value.length > longest) {
    throw corruptTokenizer(`${where} is too long`);
  }
  return value;
}

/** Narrows to text of at most `longest` UTF-16 units or `null` (also for an absent value); throws `tokenizer-corrupt` naming `where`. */
export function asOptionalString(value: unknown, where: string, longest = Number.POSITIVE_INFINITY): string | null {
  return value === undefined || value === null ? null : asString(value, where, longest);
}

/** Narrows to true or false, `fallback` for an absent value; throws `tokenizer-corrupt` naming `where`. */
export function asBoolean(value: unknown, fallback: boolean, where: string): boolean {
  if (value === undefined || value === null) {
    return fallback;
  }
  if (typeof value !== "boolean") {
    throw corruptTokenizer(`${where} is not true or false`);
  }
  return value;
}

/** Narrows to a whole number from 0 to 2³¹ − 1, such as a token id; throws `tokenizer-corrupt` naming `where`. */
export function asIndex(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
    throw corruptTokenizer(`${where} is not a whole number`);
  }
  return value;
}

/** Reads `{ piece: id }`; throws `tokenizer-corrupt`. */
export function asVocabulary(value: unknown, where: string): Map<string, number> {
  const vocabulary = new Map<string, number>();
  for (const [piece, id] of Object.entries(asObject(value, where))) {
    vocabulary.set(piece, asIndex(id, `the id of ${JSON.stringify(piece.slice(0, 40))}`));
  }
  return vocabulary;
}
