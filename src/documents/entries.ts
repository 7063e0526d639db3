import type { Block, LeftOut, Span } from "./block";
import { countWords } from "./words";

/** Values of one thing, such as an object, a mapping, or the rows of a table; each of its members has a name, a key as it is written, and where its values stand, in order. */
export interface Entry extends Span {
  readonly members: readonly { readonly name: string; readonly spans: readonly Span[] }[];
}

/** What a reader found, as far as it is chosen from; blocks in order. */
interface Found {
  readonly blocks: readonly Block[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Of every entry that is selected whole only the member that has the most words: labels, names and addresses beside a text are not part of it. Where none of its values has two words, that is the member which is
 * named as one that was chosen in another entry; without such a one all of them stay. `entries` come after those inside them. Whoever selects parts of an entry gets these.
 */
export function withoutLabels({ blocks, leftOut }: Found, entries: readonly Entry[], selection: Span): Found {
  const whole = entries.filter(({ start, end }) => start >= selection.start && end <= selection.end);
  const words = whole.length > 0 ? blocks.map(({ text }) => countWords(text)) : [];
  const dropped = new Set<number>();
  const texts = new Set<string>();
  const choose = ({ members }: Entry, isText: (name: string, own: readonly number[]) => boolean) => {
    const own = members.map(({ spans }) => spans.flatMap((span) => kept(blocks, span, dropped)));
    const counts = own.map((indices, at) =>
      isText(members[at]?.name ?? "", indices) ? indices.reduce((sum, index) => sum + (words[index] ?? 0), 0) : 0,
    );
    const most = Math.max(...counts);
    const chosen = counts.indexOf(most);
    for (const index of most > 0 ? own.flatMap((indices, at) => (at === chosen ? [] : indices)) : []) {
      dropped.add(index);
    }
    return most > 0 ? members[chosen]?.name : undefined;
  };
  const wordless = whole.filter((entry) => {
    const name = choose(entry, (_, own) => own.some((index) => (words[index] ?? 0) > 1));
    if (name !== undefined) {
      texts.add(name);
    }
    return name === undefined;
  });
  for (const entry of wordless) {
    choose(entry, (name) => texts.has(name));
  }
  return {
    blocks: blocks.filter((_, index) => !dropped.has(index)),
    leftOut: [...leftOut, ...blocks.filter((_, index) => dropped.has(index))],
  };
}

/** The blocks inside a span that are not dropped, by their places in the list. */
function kept(blocks: readonly Block[], { start, end }: Span, dropped: ReadonlySet<number>): number[] {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = (blocks[middle]?.start ?? 0) < start ? [middle + 1, high] : [low, middle];
  }
  const found: number[] = [];
  for (let index = low; (blocks[index]?.end ?? Number.POSITIVE_INFINITY) <= end; index++) {
    if (!dropped.has(index)) {
      found.push(index);
    }
  }
  return found;
}
