import { clausesOfWords } from "../common/clauses";
import type { Token, Unit } from "../common/explanation";

/** A part of a text: the numbers of the items in it, in reading order, and the parts it is made of; a single item has none. */
export interface TextPart {
  readonly items: readonly number[];
  readonly parts: readonly TextPart[];
}

/** A blank line: what sets paragraphs apart. */
const blankLine = /\n[^\S\n]*\n|\u2029/gu;
/**
 * The tree of a text, of a pair of texts, or of a text and what a model has written of it: text → paragraphs (between blank lines) → sentences → clauses (at punctuation) → words → items. `items`
 * are groups of token indices in reading order, each lying where its first token does; items as large as words or sentences end the tree there.
 * Levels with a single part are left out. Throws `RangeError` where there are no items.
 */
export function textTree(
  input: {
    readonly text: string;
    readonly pair: string | null;
    readonly output: string | null;
    readonly tokens: readonly Token[];
    readonly words: readonly Unit[];
    readonly sentences: readonly Unit[];
  },
  items: readonly (readonly number[])[],
): TextPart {
  if (items.length === 0) {
    throw new RangeError("A tree needs at least one item.");
  }
  const paths = tokenPaths(input);
  return nest(
    items.map((_, item) => item),
    items.map((tokens) => paths[tokens[0] ?? 0] ?? []),
    0,
  );
}

/** Segment, paragraph, sentence, clause and word of each token, as numbers. */
function tokenPaths({
  text,
  pair,
  output,
  tokens,
  words,
  sentences,
}: Parameters<typeof textTree>[0]): (readonly number[])[] {
  const texts = [text, pair ?? "", output ?? ""];
  const breaks = texts.map((source) => Array.from(source.matchAll(blankLine), ({ index }) => index));
  const paths: (readonly number[])[] = tokens.map(() => []);
  const clauses = clausesOfWords({ texts, words, sentences });
  for (const [number, word] of words.entries()) {
    const { sentence = -1, clause = 0 } = clauses[number] ?? {};
    const start = sentences[sentence]?.start ?? word.start;
    const paragraph = (breaks[word.segment] ?? []).filter((at) => at < start).length;
    for (const token of word.tokens) {
      paths[token] = [word.segment, paragraph, sentence, clause, number];
    }
  }
  return paths;
}

function nest(items: readonly number[], paths: readonly (readonly number[])[], level: number): TextPart {
  const [first] = items;
  const depth = first === undefined ? 0 : (paths[first]?.length ?? 0);
  if (items.length === 1) {
    return { items, parts: [] };
  }
  if (level >= depth) {
    return { items, parts: items.map((item) => ({ items: [item], parts: [] })) };
  }
  const groups = new Map<number | undefined, number[]>();
  for (const item of items) {
    const key = paths[item]?.[level];
    const group = groups.get(key);
    if (group) {
      group.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  if (groups.size === 1) {
    return nest(items, paths, level + 1);
  }
  return { items, parts: Array.from(groups.values(), (group) => nest(group, paths, level + 1)) };
}
