import { isWhitespace, isWordCharacter } from "./characters";
import { asArray, asBoolean, asObject, asString, corruptTokenizer, longestToken } from "./json";
import type { Model } from "./model";
import { NormalizedText, unitsAt } from "./normalizedText";
import type { Normalizer } from "./normalizers";
import type { StepBudget } from "./stepBudget";
import { StringTrie } from "./trie";

/** Real files have up to some tens of thousands; each is normalised when the tokenizer is built. */
const mostTokens = 100_000;
/** UTF-16 units of all of them together. */
const longestTogether = 2_000_000;

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly singleWord: boolean;
  readonly stripLeft: boolean;
  readonly stripRight: boolean;
  /** Looked for in the normalised text, in its own normalised form. */
  readonly normalized: boolean;
}

/** A stretch of text: an added token (its id), or text still to be cut (`null`). */
export interface Section {
  readonly text: NormalizedText;
  readonly id: number | null;
}

/** Tokens that are found in a text before anything else, such as `[SEP]`. */
export interface AddedTokens {
  /** Normalises a text and takes the added tokens out of it; empty sections are left out. */
  extract(text: NormalizedText): Section[];
  pieceToId(piece: string): number | undefined;
  idToPiece(id: number): string | undefined;
  /** Whether a piece is one that is left out when tokens become text again, such as an end of text. */
  isSpecial(piece: string): boolean;
}

/**
 * Reads the `added_tokens` of a tokenizer.json; throws `tokenizer-corrupt`. They are normalised like one text, with steps in proportion
 * to the length of all together; throws `tokenizer-unsupported` when these run out.
 */
export function createAddedTokens(
  json: unknown,
  model: Model,
  normalizer: Normalizer,
  budget: StepBudget,
): AddedTokens {
  const byContent = new Map<string, number>();
  const specials = new Set<string>();
  const byId = new Map<number, AddedToken>();
  // As in the Python package an id comes from the model's vocabulary or is the next free one; the one in the file is not read.
  let nextId = model.size;
  let units = 0;
  for (const entry of readList(json)) {
    const options = asObject(entry, "an added token");
    const content = asString(options.content, "the content of an added token", longestToken);
    units += content.length;
    if (units > longestTogether) {
      throw corruptTokenizer("its added tokens are too long");
    }
    if (content === "") {
      continue;
    }
    const special = asBoolean(options.special, false, "special of an added token");
    const id = byContent.get(content) ?? model.pieceToId(content) ?? nextId++;
    byContent.set(content, id);
    if (special) {
      specials.add(content);
    }
    byId.set(id, {
      id,
      content,
      singleWord: asBoolean(options.single_word, false, "single_word of an added token"),
      stripLeft: asBoolean(options.lstrip, false, "lstrip of an added token"),
      stripRight: asBoolean(options.rstrip, false, "rstrip of an added token"),
      normalized: asBoolean(options.normalized, !special, "normalized of an added token"),
    });
  }
  budget.restart(units);
  const tokens = [...byId.values()];
  const splitRaw = createSplitter(tokens.filter((token) => !token.normalized).map((token) => [token.content, token]));
  const splitNormalized = createSplitter(
    tokens
      .filter((token) => token.normalized)
      .map((token) => [
        asString(normalizer(NormalizedText.from(token.content)).text, "an added token, normalised,", longestToken),
        token,
      ]),
  );
  return {
    extract: (text) =>
      splitRaw(text).flatMap((section) =>
        section.id === null ? splitNormalized(normalizer(section.text)) : [section],
      ),
    pieceToId: (piece) => byContent.get(piece),
    idToPiece: (id) => byId.get(id)?.content,
    isSpecial: (piece) => specials.has(piece),
  };
}

function readList(json: unknown): readonly unknown[] {
  const list = json === undefined || json === null ? [] : asArray(json, "the list of added tokens");
  if (list.length > mostTokens) {
    throw corruptTokenizer("it has too many added tokens");
  }
  return list;
}

function createSplitter(entries: readonly (readonly [string, AddedToken])[]): (text: NormalizedText) => Section[] {
  const wanted = entries.filter(([content]) => content !== "");
  if (wanted.length === 0) {
    return (text) => (text.length === 0 ? [] : [{ text, id: null }]);
  }
  const trie = new StringTrie(
    wanted.map(([content], index) => [content, index]),
    wanted.length * 8,
  );
  const firstUnits = new Set(wanted.map(([content]) => content.charCodeAt(0)));

  return (text) => {
    const sections: Section[] = [];
    const add = (start: number, end: number, id: number | null) => {
      if (end > start) {
        sections.push({ text: text.slice(start, end), id });
      }
    };
    let done = 0;
    for (let index = 0; index < text.length; ) {
      const match = firstUnits.has(text.text.charCodeAt(index)) ? longestMatch(trie, text.text, index) : null;
      const token = match ? wanted[match.number]?.[1] : undefined;
      if (!match || !token) {
        index++;
        continue;
      }
      // A match that is turned down is still passed over as a whole.
      const start = index;
      index = match.end;
      if (token.singleWord && !standsAlone(text.text, start, match.end)) {
        continue;
      }
      const from = token.stripLeft ? Math.max(done, spaceBefore(text.text, start)) : start;
      const to = token.stripRight ? spaceAfter(text.text, match.end) : match.end;
      add(done, from, null);
      add(Math.max(done, from), to, token.id);
      done = to;
    }
    add(done, text.length, null);
    return sections;
  };
}

function longestMatch(trie: StringTrie, text: string, start: number): { number: number; end: number } | null {
  let match: { number: number; end: number } | null = null;
  let node = 0;
  for (let index = start; index < text.length; index++) {
    node = trie.step(node, text.charCodeAt(index));
    if (node < 0) {
      break;
    }
    const number = trie.numberAt(node);
    if (number >= 0) {
      match = { number, end: index + 1 };
    }
  }
  return match;
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = start >= 2 && unitsAt(text, start - 2) === 2 ? start - 2 : start - 1;
  const wordBefore = start > 0 && isWordCharacter(text.codePointAt(before) ?? 0);
  const wordAfter = end < text.length && isWordCharacter(text.codePointAt(end) ?? 0);
  return !wordBefore && !wordAfter;
}

function spaceBefore(text: string, start: number): number {
  let index = start;
  while (index > 0 && isWhitespace(text.charCodeAt(index - 1))) {
    index--;
  }
  return index;
}

function spaceAfter(text: string, end: number): number {
  let index = end;
  while (index < text.length && isWhitespace(text.charCodeAt(index))) {
    index++;
  }
  return index;
}
