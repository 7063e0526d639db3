import type { Block } from "./block";
import { countWords } from "./words";

/** Values of one thing, such as an object, a mapping or a row of a table: the names of those that are text by themselves, as keys are written or as columns are counted, and where each starts. */
export type Entry = readonly { readonly name: string; readonly start: number }[];

/** Keys under which people keep text, however short it is. */
const textNames =
  /^(?:text|sentence|content|body|review|comment|message|question|answer|context|premise|hypothesis|title|headline|summary|description|document|passage|utterance|tweet|post|query|prompt|completion|response|input|output)s?[-_ ]?[a-z0-9]?$/i;

/** Scripts that put no space between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/**
 * The blocks that are labels beside a text: of one word, or of none, where another value of the same entry is running text. What has running text in another entry under the same name, or a name that says so, is no
 * label. Whoever selects labels alone gets these. `blocks` are those that a selection has a part of.
 */
export function labelsBeside(blocks: readonly Block[], entries: readonly Entry[]): Set<Block> {
  const byStart = new Map(blocks.map((block) => [block.start, block]));
  const rows = entries
    .map((entry) =>
      entry.flatMap(({ name, start }) => {
        const block = byStart.get(start);
        return block ? [{ name, block, isText: isRunningText(block.text) }] : [];
      }),
    )
    .filter(({ length }) => length > 1);
  const texts = new Set(rows.flatMap((row) => row.flatMap(({ name, isText }) => (isText ? [name] : []))));
  const isLabel = ({ name, isText }: (typeof rows)[number][number]) =>
    !isText && !texts.has(name) && !textNames.test(name);
  return new Set(rows.flatMap((row) => (row.every(isLabel) ? [] : row.filter(isLabel).map(({ block }) => block))));
}

/** Whether a value has two words at least; an address or a key of signs is one, and numbers are none. */
function isRunningText(text: string): boolean {
  const pieces = text.split(/\s+/).filter((piece) => /\p{L}/u.test(piece));
  if (pieces.length > 1 || !unspaced.test(text) || text.includes("://")) {
    return pieces.length > 1;
  }
  return countWords(text) > 1;
}
