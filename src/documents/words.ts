import { goesOnAfterAbbreviation } from "../common/abbreviations";
import { maximumCharacters } from "../common/textLimits";
import type { Span } from "./block";

/** Longest stretch around an end of a selection that is looked at for a word. */
const reach = 100;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
const sentences = new Intl.Segmenter(undefined, { granularity: "sentence" });

/** A stretch without outer white space; `null` when nothing is left. */
export function trimmed(text: string, { start, end }: Span): Span | null {
  const slice = text.slice(start, end);
  const first = start + slice.length - slice.trimStart().length;
  const last = start + slice.trimEnd().length;
  return first < last ? { start: first, end: last } : null;
}

/** A stretch with the words at its ends taken whole. */
export function wholeWords(text: string, { start, end }: Span): Span {
  return { start: wordAround(text, start)?.start ?? start, end: wordAround(text, end)?.end ?? end };
}

/** How many words a text has, also where nothing stands between them. */
export function countWords(text: string): number {
  let words = 0;
  for (const { isWordLike } of segmenter.segment(text)) {
    words += isWordLike ? 1 : 0;
  }
  return words;
}

/** The word that goes on over an offset. */
function wordAround(text: string, at: number): Span | null {
  const before = /\S*$/.exec(text.slice(Math.max(0, at - reach), at))?.[0].length ?? 0;
  const after = /^\S*/.exec(text.slice(at, at + reach))?.[0].length ?? 0;
  if (before === 0 || after === 0) {
    return null;
  }
  const from = at - before;
  for (const { segment, index } of segmenter.segment(text.slice(from, at + after))) {
    const span = { start: from + index, end: from + index + segment.length };
    if (span.start < at && at < span.end) {
      return span;
    }
  }
  return null;
}

/** The sentence at an offset of running text, without outer white space; behind the end it is the last one. */
export function sentenceAt(text: string, offset: number, isBehind: boolean): Span {
  const from = Math.max(0, offset - maximumCharacters / 2);
  const near = text.slice(from, offset + maximumCharacters / 2).replaceAll("\n", " ");
  let result: Span = trimmed(text, { start: from, end: from + near.length }) ?? { start: 0, end: 0 };
  let start = from;
  for (const { index, segment } of sentences.segment(near)) {
    const end = from + index + segment.length;
    const isLast = end === from + near.length;
    if (!isLast && goesOnAfterAbbreviation(near, index + segment.length)) {
      continue;
    }
    result = trimmed(text, { start, end }) ?? result;
    start = end;
    if (!isBehind && end > offset) {
      break;
    }
  }
  return result;
}
