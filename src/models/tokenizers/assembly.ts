import type { JsonObject } from "../readJson";
import { type AddedToken, addedToken, contentOf, type NamedToken } from "./addedToken";
import { damaged } from "./damaged";
import { type Role, roles, type Settings } from "./settings";
import { endsTemplate, type IdOf, type RoleTokens } from "./template";

/** The parts of a tokenizer.json, before its added tokens have ids. */
export interface Parts {
  readonly model: JsonObject;
  /** The ids of the model's pieces. */
  readonly ids: ReadonlyMap<string, number>;
  /** How many entries the model's vocabulary has. */
  readonly size: number;
  readonly normalizer: JsonObject | null;
  readonly preTokenizer: JsonObject | null;
  readonly decoder: JsonObject;
  /** What the class of tokenizers takes for a role where no file says otherwise. */
  readonly defaults: Partial<Readonly<Record<Role, NamedToken | null>>>;
  /** How the class of tokenizers changes the tokens that have a role. */
  readonly refine?: (role: Role, token: NamedToken | null) => NamedToken | null;
  /** Further special tokens that the class brings, in place of those of `special_tokens_map.json`. */
  readonly additional?: readonly NamedToken[];
  /** Whether all special tokens are added once more, as plain ones. */
  readonly addsAgain?: boolean;
  /** What is put around texts; absent for the tokens of `add_bos_token` and `add_eos_token`. */
  readonly postProcessor?: (tokens: RoleTokens, idOf: IdOf) => JsonObject | null;
}

/** A tokenizer, and which tokens have a role. */
export interface Assembled {
  /** As a parsed tokenizer.json. */
  readonly tokenizer: JsonObject;
  readonly roles: RoleTokens;
}

/** Puts a tokenizer together: adds its special and further tokens in the order of the Python package, so that they get the same ids. */
export function assemble(parts: Parts, settings: Settings): Assembled {
  const { defaults, refine = (_, token) => token } = parts;
  const named = new Map<Role, NamedToken | null>();
  for (const role of roles) {
    const given = settings.roles.get(role);
    named.set(role, refine(role, given === undefined ? (defaults[role] ?? null) : given));
  }
  const extra = settings.extra ?? parts.additional ?? settings.additional ?? [];
  const vocabulary = new GrowingVocabulary(parts);
  const withRole = [...named.values(), ...settings.ownRoles].filter((token) => token !== null);
  vocabulary.add(tokensToAdd([...settings.added.values()], withRole, extra));
  if (parts.addsAgain) {
    const all = new Set([...withRole, ...extra].map(contentOf));
    vocabulary.add([...all].map(asSpecial));
  }
  const tokens = Object.fromEntries(
    [...named].map(([role, token]) => [role, token === null ? null : contentOf(token)]),
  ) as Record<Role, string | null>;
  const postProcessor = parts.postProcessor ?? ((each, idOf) => endsTemplate(each, idOf, settings.values));
  return {
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: vocabulary.entries(),
      normalizer: parts.normalizer,
      pre_tokenizer: parts.preTokenizer,
      post_processor: postProcessor(tokens, vocabulary.idOf),
      decoder: parts.decoder,
      model: parts.model,
    },
    roles: tokens,
  };
}

/** Tokens that the files list come first, then those with a role, then further special ones; each only where none of the first has its text. */
function tokensToAdd(
  added: readonly AddedToken[],
  withRole: readonly NamedToken[],
  extra: readonly NamedToken[],
): readonly AddedToken[] {
  const listed = new Set(added.map(({ content }) => content));
  const roleTexts = new Set(withRole.map(contentOf));
  const waiting: NamedToken[] = [...added];
  for (const token of [...withRole, ...extra]) {
    if (!listed.has(contentOf(token)) && !waiting.some((each) => same(each, token))) {
      waiting.push(token);
    }
  }
  return waiting.map((token) => {
    if (typeof token === "string") {
      return asSpecial(token);
    }
    return roleTexts.has(token.content) ? { ...token, special: true } : token;
  });
}

function asSpecial(content: string): AddedToken {
  return addedToken(content, { special: true });
}

const isNormalized = ({ normalized, special }: AddedToken): boolean => normalized ?? !special;

function same(a: NamedToken, b: NamedToken): boolean {
  if (typeof a === "string" || typeof b === "string") {
    return a === b;
  }
  return (
    a.content === b.content &&
    a.single_word === b.single_word &&
    a.lstrip === b.lstrip &&
    a.rstrip === b.rstrip &&
    isNormalized(a) === isNormalized(b) &&
    a.special === b.special
  );
}

/** A model's vocabulary to which tokens are added. */
class GrowingVocabulary {
  readonly #parts: Pick<Parts, "ids" | "size">;
  readonly #ids = new Map<string, number>();
  readonly #tokens = new Map<number, AddedToken>();
  #largest = -1;

  constructor(parts: Pick<Parts, "ids" | "size">) {
    this.#parts = parts;
  }

  /** Tokens that the model knows keep their ids; others get the next ones. A token that is there already takes the new flags. */
  add(tokens: readonly AddedToken[]): void {
    const { ids, size } = this.#parts;
    for (const token of tokens) {
      if (token.content === "") {
        continue;
      }
      const next = this.#largest >= size || size === 0 ? this.#largest + 1 : size;
      const id = this.#ids.get(token.content) ?? ids.get(token.content) ?? next;
      this.#ids.set(token.content, id);
      this.#tokens.set(id, token);
      this.#largest = Math.max(this.#largest, id);
    }
  }

  readonly idOf = (token: NamedToken): number => {
    const content = contentOf(token);
    const id = this.#ids.get(content) ?? this.#parts.ids.get(content);
    if (id === undefined) {
      throw damaged("The vocabulary", `it lacks the token ${JSON.stringify(content.slice(0, 40))}`);
    }
    return id;
  };

  entries(): readonly JsonObject[] {
    return [...this.#tokens]
      .sort(([a], [b]) => a - b)
      .map(([id, token]) => ({ id, ...token, normalized: isNormalized(token) }));
  }
}
