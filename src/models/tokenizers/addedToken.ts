import { isJsonObject, type JsonObject } from "../readJson";
import { damaged } from "./damaged";

/** A token that is looked for in a text before anything else, as an entry of `added_tokens` in a tokenizer.json says it. */
export interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Absent for the usual: special tokens are looked for in the text as it is, others in the normalised one. */
  readonly normalized?: boolean;
  readonly special: boolean;
}

/** A token as a configuration names it: by its text alone, or with how it is looked for. */
export type NamedToken = string | AddedToken;

/** Tokens have no more UTF-16 units. */
const longestToken = 1024;

/** The text of a token. */
export function contentOf(token: NamedToken): string {
  return typeof token === "string" ? token : token.content;
}

/** A token with the usual flags, some of them changed. */
export function addedToken(content: string, flags: Partial<AddedToken> = {}): AddedToken {
  return { content, single_word: false, lstrip: false, rstrip: false, special: false, ...flags };
}

/** A token that behaves like a word: the spaces before it belong to it. */
export function wordLike(token: NamedToken | null, special: boolean): NamedToken | null {
  return typeof token === "string" ? addedToken(token, { lstrip: true, special }) : token;
}

/** Reads a token that an object describes; `special` overrides what it says. Throws `tokenizer-corrupt`. */
export function readAddedToken(value: JsonObject, file: string, special?: boolean): AddedToken {
  const flag = (name: "single_word" | "lstrip" | "rstrip" | "normalized" | "special") => {
    const given = value[name];
    if (given !== undefined && typeof given !== "boolean") {
      throw damaged(file, `${name} of a token is not true or false`);
    }
    return given === undefined ? {} : { [name]: given };
  };
  const flags = {
    ...flag("single_word"),
    ...flag("lstrip"),
    ...flag("rstrip"),
    ...flag("normalized"),
    ...flag("special"),
    ...(special === undefined ? {} : { special }),
  };
  return addedToken(readContent(value.content, file), flags);
}

/** Reads a token that is named by its text or described by an object; throws `tokenizer-corrupt`. */
export function readNamedToken(value: unknown, file: string, special?: boolean): NamedToken {
  return isJsonObject(value) ? readAddedToken(value, file, special) : readContent(value, file);
}

function readContent(value: unknown, file: string): string {
  if (typeof value !== "string") {
    throw damaged(file, "the name of a token is not text");
  }
  if (value.length > longestToken) {
    throw damaged(file, "the name of a token is too long");
  }
  return value;
}
