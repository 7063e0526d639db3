import { isJsonObject, type JsonObject } from "../readJson";
import { type AddedToken, addedToken, contentOf, type NamedToken, readAddedToken, readNamedToken } from "./addedToken";
import { damaged } from "./damaged";

/** The roles that every tokenizer may have tokens for, in the order in which they are added. */
export const roles = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

/** A role of a token, as `tokenizer_config.json` calls it. */
export type Role = (typeof roles)[number];

/** The small files that say how a tokenizer is to be used, as they are in its folder. */
export interface SettingsFiles {
  readonly tokenizerConfig: JsonObject | undefined;
  readonly specialTokensMap: JsonObject | undefined;
  readonly addedTokens: JsonObject | undefined;
}

/** What the small files of a folder say about its tokenizer, put together as the Python package transformers does. */
export interface Settings {
  /** All values, such as `do_lower_case`. */
  readonly values: JsonObject;
  /** Tokens by role, `null` where a file says that there is none. */
  readonly roles: ReadonlyMap<Role, NamedToken | null>;
  /** Tokens with a role of the model's own, in their order. */
  readonly ownRoles: readonly NamedToken[];
  /** Further special tokens, which no class of tokenizers overrides; `undefined` where none are listed. */
  readonly extra: readonly NamedToken[] | undefined;
  /** Further special tokens of `special_tokens_map.json`, which some classes override; `undefined` where none are listed. */
  readonly additional: readonly NamedToken[] | undefined;
  /** Further tokens that were added, by their ids. */
  readonly added: ReadonlyMap<number, AddedToken>;
}

const largestId = 2 ** 31 - 1;
const configFile = "tokenizer_config.json";
const mapFile = "special_tokens_map.json";

const isRole = (key: string): key is Role => roles.some((role) => role === key);

/** Puts the small files of a tokenizer together. Throws `tokenizer-corrupt` for what cannot be meant. */
export function readSettings({ tokenizerConfig = {}, specialTokensMap = {}, addedTokens }: SettingsFiles): Settings {
  const listed = tokenizerConfig.added_tokens_decoder;
  const map = listed === undefined ? specialTokensMap : {};
  const values = { ...tokenizerConfig, ...map };
  const named = namedTokens(tokenizerConfig, map);
  const extra = extraTokens(tokenizerConfig, map);
  const known = [...named.roles.values(), ...(extra ?? [])].flatMap((token) =>
    token === null ? [] : [contentOf(token)],
  );
  const added = listed === undefined ? tokensOfFile(addedTokens, new Set(known)) : tokensOfConfig(listed);
  const described = new Map([...added.values()].map((token) => [token.content, token]));
  for (const [role, token] of named.roles) {
    const better = token === null ? undefined : described.get(contentOf(token));
    if (better) {
      named.roles.set(role, better);
    }
  }
  const additional = tokenListOrNone(map.additional_special_tokens, mapFile);
  return { values, roles: named.roles, ownRoles: named.own, extra, additional, added };
}

interface Named {
  readonly roles: Map<Role, NamedToken | null>;
  readonly own: readonly NamedToken[];
}

/** Tokens that the configuration names by text alone come after those that it describes. */
function namedTokens(config: JsonObject, map: JsonObject): Named {
  const byRole = new Map<Role, NamedToken | null>();
  const described = new Map<string, NamedToken>();
  const plain = new Map<string, NamedToken>();
  for (const [file, entries, special] of [
    [configFile, config, undefined],
    [mapFile, map, true],
  ] as const) {
    for (const [key, value] of Object.entries(entries)) {
      if (isRole(key)) {
        byRole.set(key, value === null ? null : readNamedToken(value, file, special));
      } else if (key.endsWith("_token") && (typeof value === "string" || isJsonObject(value))) {
        const group = file === configFile && typeof value === "string" ? plain : described;
        group.set(key, readNamedToken(value, file, special));
      }
    }
  }
  const own = config.extra_special_tokens;
  for (const [key, value] of isJsonObject(own) ? Object.entries(own) : []) {
    plain.set(key, readNamedToken(value, configFile));
  }
  return { roles: byRole, own: [...new Map([...described, ...plain]).values()] };
}

function extraTokens(config: JsonObject, map: JsonObject): readonly NamedToken[] | undefined {
  const own = config.extra_special_tokens;
  const listed = isJsonObject(own) || own === undefined || own === null ? undefined : tokenList(own, configFile);
  const older = tokenListOrNone(config.additional_special_tokens, configFile);
  const first = listed !== undefined && (listed.length > 0 || older === undefined) ? listed : older;
  const further = tokenListOrNone(map.extra_special_tokens, mapFile);
  if (further === undefined) {
    return first;
  }
  const known = new Set((first ?? []).map(contentOf));
  return [...(first ?? []), ...further.filter((token) => !known.has(contentOf(token)))];
}

function tokenListOrNone(value: unknown, file: string): readonly NamedToken[] | undefined {
  return value === undefined || value === null ? undefined : tokenList(value, file);
}

function tokenList(value: unknown, file: string): readonly NamedToken[] {
  if (!Array.isArray(value)) {
    throw damaged(file, "the special tokens are not a list");
  }
  return value.map((token) => readNamedToken(token, file, isJsonObject(token) && file === mapFile ? true : undefined));
}

function tokensOfConfig(listed: unknown): ReadonlyMap<number, AddedToken> {
  if (!isJsonObject(listed)) {
    throw damaged(configFile, "added_tokens_decoder is not an object");
  }
  const tokens = Object.entries(listed).map(([id, token]) => {
    if (!/^\d{1,9}$/.test(id) || !isJsonObject(token)) {
      throw damaged(configFile, "added_tokens_decoder has an entry that is no token");
    }
    return [Number(id), readAddedToken(token, configFile)] as const;
  });
  return inOrder(tokens);
}

function tokensOfFile(file: JsonObject | undefined, special: ReadonlySet<string>): ReadonlyMap<number, AddedToken> {
  const tokens = Object.entries(file ?? {}).map(([content, id]) => {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > largestId) {
      throw damaged("added_tokens.json", "an id is not a whole number");
    }
    const isSpecial = special.has(content);
    return [id, addedToken(content, { special: isSpecial, normalized: !isSpecial })] as const;
  });
  return inOrder(tokens);
}

/** Of two tokens with one id the latter stays. */
function inOrder(tokens: readonly (readonly [number, AddedToken])[]): ReadonlyMap<number, AddedToken> {
  return new Map([...new Map(tokens)].sort(([a], [b]) => a - b));
}

/** A value that is true or false, `fallback` where it is absent or `null`; throws `tokenizer-corrupt`. */
export function flagOf(values: JsonObject, name: string, fallback: boolean): boolean {
  const value = values[name] ?? fallback;
  if (typeof value !== "boolean") {
    throw damaged(configFile, `${name} is not true or false`);
  }
  return value;
}
