import { goesOnAfterAbbreviation } from "../common/abbreviations";
import type { Segment, Token, Unit } from "../common/explanation";
import { segmentEnds } from "./segments";

// A fixed language, so that the same text has the same words on every machine; dictionaries for Chinese, Japanese, Thai and
// others do not depend on it.
const language = "en";
const wordSegmenter = new Intl.Segmenter(language, { granularity: "word" });
const sentenceSegmenter = new Intl.Segmenter(language, { granularity: "sentence" });

/** In texts whose words and signs are set apart by spaces, a full stop on its own ends a sentence even before a small letter. */
const afterLoneStop = /(?<=\s\.\s+)(?=[^\s.])/u;

/**
 * The words of one text: sub-words join their word, each punctuation sign stands alone. Every token of the text that is not special
 * belongs to exactly one word: a token that reaches over several words makes them one, and a token of spaces goes with the word
 * after it (at the end: before it). Ranges leave spaces out.
 */
export function wordUnits(text: string, tokens: readonly Token[], segment: Segment): Unit[] {
  return groupTokens(text, tokens, segment, segmentEnds(wordSegmenter, text));
}

/** The sentences of one text; tokens belong to them as in {@link wordUnits}. A line break ends a sentence, an abbreviation as "Dr." does not. */
export function sentenceUnits(text: string, tokens: readonly Token[], segment: Segment): Unit[] {
  const ends = segmentEnds(sentenceSegmenter, text).filter(
    (end) => end === text.length || !goesOnAfterAbbreviation(text, end),
  );
  return groupTokens(text, tokens, segment, cutFurther(text, ends, afterLoneStop));
}

/** Cuts segments further where an expression matches. */
function cutFurther(text: string, ends: readonly number[], further: RegExp): number[] {
  const result: number[] = [];
  let start = 0;
  for (const end of ends) {
    for (const part of text.slice(start, end).split(further)) {
      start += part.length;
      result.push(start);
    }
  }
  return result;
}

interface OpenUnit {
  start: number;
  end: number;
  readonly tokens: number[];
  /** Where the last segment that it reaches into ends. */
  reach: number;
}

function groupTokens(text: string, tokens: readonly Token[], segment: Segment, ends: readonly number[]): Unit[] {
  const units: OpenUnit[] = [];
  let spaces: Token[] = [];
  for (const token of tokens) {
    if (token.special || token.segment !== segment) {
      continue;
    }
    const { start, end } = withoutSpaces(text, token);
    if (start >= end) {
      spaces.push(token);
      continue;
    }
    const indices = [...spaces, token].map(({ index }) => index);
    spaces = [];
    const last = units[units.length - 1];
    if (last && start < last.reach) {
      last.start = Math.min(last.start, start);
      last.end = Math.max(last.end, end);
      for (const index of indices) {
        last.tokens.push(index);
      }
      last.reach = Math.max(last.reach, firstAtLeast(ends, end));
    } else {
      units.push({ start, end, tokens: indices, reach: firstAtLeast(ends, end) });
    }
  }
  const left = spaces.map(({ index }) => index);
  const last = units[units.length - 1];
  const [first] = spaces;
  if (last) {
    for (const index of left) {
      last.tokens.push(index);
    }
  } else if (first) {
    units.push({ start: first.start, end: spaces[spaces.length - 1]?.end ?? first.end, tokens: left, reach: 0 });
  }
  return units.map(({ start, end, tokens: members }) => ({ start, end, segment, tokens: members }));
}

function withoutSpaces(text: string, token: Token): { start: number; end: number } {
  const range = text.slice(token.start, token.end);
  const start = token.start + (range.length - range.trimStart().length);
  return { start, end: Math.max(start, token.start + range.trimEnd().length) };
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return sorted[low] ?? value;
}
