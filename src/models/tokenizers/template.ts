import type { JsonObject } from "../readJson";
import type { NamedToken } from "./addedToken";
import { damaged } from "./damaged";
import { flagOf, type Role } from "./settings";

/** Finds the id of a token that must be there; throws `tokenizer-corrupt` where it is not. */
export type IdOf = (token: NamedToken) => number;

/** The token of each role, `null` for none. */
export type RoleTokens = Readonly<Record<Role, string | null>>;

/** A part of what is put around texts: a special token, or one of the texts, with the token type of what stands there. */
export type TemplatePart = readonly [token: string, type: number] | { readonly text: "A" | "B"; readonly type: number };

/** The first text. */
export const textA: TemplatePart = { text: "A", type: 0 };
/** The second text, with the type of the first. */
export const textB: TemplatePart = { text: "B", type: 0 };
/** The second text, with a type of its own. */
export const typedB: TemplatePart = { text: "B", type: 1 };

/** A post-processor that puts special tokens around one text and around two. */
export function template(single: readonly TemplatePart[], pair: readonly TemplatePart[], idOf: IdOf): JsonObject {
  const tokens = new Set([...single, ...pair].flatMap((part) => ("text" in part ? [] : [part[0]])));
  return {
    type: "TemplateProcessing",
    single: single.map(asJson),
    pair: pair.map(asJson),
    special_tokens: Object.fromEntries(
      [...tokens].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
    ),
  };
}

function asJson(part: TemplatePart): JsonObject {
  return "text" in part
    ? { Sequence: { id: part.text, type_id: part.type } }
    : { SpecialToken: { id: part[0], type_id: part[1] } };
}

/** The token of a role that a post-processor cannot do without; throws `tokenizer-corrupt` where there is none. */
export function needed(token: string | null): string {
  if (token === null) {
    throw damaged("tokenizer_config.json", "a token that is put around every text has no name");
  }
  return token;
}

/** The template of tokenizers that have none of their own: a beginning and an end, where `add_bos_token` and `add_eos_token` ask for them. */
export function endsTemplate({ bos_token, eos_token }: RoleTokens, idOf: IdOf, values: JsonObject): JsonObject {
  const begin = bos_token !== null && flagOf(values, "add_bos_token", false) ? bos_token : null;
  const end = eos_token !== null && flagOf(values, "add_eos_token", false) ? eos_token : null;
  const around = (part: TemplatePart, type: number): TemplatePart[] => [
    ...(begin === null ? [] : [[begin, type] as const]),
    part,
    ...(end === null ? [] : [[end, type] as const]),
  ];
  return template(around(textA, 0), [...around(textA, 0), ...around(typedB, 1)], idOf);
}
