import { asObject, asString, corruptTokenizer } from "./json";
import { type NormalizedText, unitsAt } from "./normalizedText";
import type { Expressions } from "./regex/expressions";
import type { StepBudget } from "./stepBudget";
import type { TextRange } from "./textRange";

/** Finds all matches in a text, ascending and not overlapping. */
export type Pattern = (text: string) => readonly TextRange[];

/** What becomes of the delimiter when a text is split. */
export type SplitBehavior = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

/**
 * Reads `{ "String": … }` or `{ "Regex": … }`; throws `tokenizer-unsupported` for expressions that are not supported. The pattern takes
 * its steps from their budget and throws `tokenizer-unsupported` when it is used up.
 */
export function createPattern(json: unknown, where: string, expressions: Expressions): Pattern {
  const options = asObject(json, `the pattern of ${where}`);
  if (options.Regex !== undefined) {
    const expression = expressions.compile(asString(options.Regex, `the expression of ${where}`));
    return (text) => expression.findAll(text, expressions.budget);
  }
  const literal = asString(options.String, `the pattern of ${where}`);
  return literal === "" ? regexPattern(/(?:)/gu) : (text) => findAll(text, literal);
}

/** Reads the name of a {@link SplitBehavior}. */
export function asSplitBehavior(value: unknown, where: string): SplitBehavior {
  switch (value) {
    case "Removed":
    case "Isolated":
    case "MergedWithPrevious":
    case "MergedWithNext":
    case "Contiguous":
      return value;
    default:
      throw corruptTokenizer(`the behavior of ${where} is unknown`);
  }
}

/** All places where a string occurs. */
export function findAll(text: string, literal: string): TextRange[] {
  const ranges: TextRange[] = [];
  for (let start = text.indexOf(literal); start >= 0; start = text.indexOf(literal, start + literal.length)) {
    ranges.push({ start, end: start + literal.length });
  }
  return ranges;
}

/** A pattern that matches each single character for which `test` holds. */
export function characterPattern(test: (codePoint: number) => boolean): Pattern {
  return (text) => {
    const ranges: TextRange[] = [];
    for (let start = 0; start < text.length; ) {
      const end = start + unitsAt(text, start);
      if (test(text.codePointAt(start) ?? 0)) {
        ranges.push({ start, end });
      }
      start = end;
    }
    return ranges;
  };
}

/** All matches of an expression with the `g` flag; an empty match right after another match does not count. */
export function regexPattern(expression: RegExp): Pattern {
  return (text) => {
    const ranges: TextRange[] = [];
    let from = 0;
    let lastEnd = -1;
    while (from <= text.length) {
      expression.lastIndex = from;
      const match = expression.exec(text);
      if (!match) {
        break;
      }
      const start = match.index;
      const end = start + match[0].length;
      if (end === start && end === lastEnd) {
        from += from < text.length ? unitsAt(text, from) : 1;
        continue;
      }
      ranges.push({ start, end });
      lastEnd = end;
      from = end;
    }
    return ranges;
  };
}

interface Part {
  start: number;
  end: number;
  readonly match: boolean;
}

function cover(length: number, matches: readonly TextRange[], invert: boolean): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const { start, end } of matches) {
    if (done !== start) {
      parts.push({ start: done, end: start, match: invert });
    }
    parts.push({ start, end, match: !invert });
    done = end;
  }
  if (done !== length) {
    parts.push({ start: done, end: length, match: invert });
  }
  return parts;
}

/** Joins each part to the one before it where `joins` says so. */
function join(parts: readonly Part[], joins: (part: Part, previousMatch: boolean) => boolean): Part[] {
  const joined: Part[] = [];
  let previousMatch = false;
  for (const part of parts) {
    const last = joined[joined.length - 1];
    if (last && joins(part, previousMatch)) {
      last.start = Math.min(last.start, part.start);
      last.end = Math.max(last.end, part.end);
    } else {
      joined.push({ ...part });
    }
    previousMatch = part.match;
  }
  return joined;
}

/** A piece of a text, and also a match alone, takes far more memory than one of its characters. */
export const stepsPerPiece = 24;
const stepsPerMatch = 8;

/**
 * Splits a text at the matches of a pattern (`invert`: between them); empty parts are left out. Throws `tokenizer-unsupported` when
 * there are more matches and parts than the budget has steps for.
 */
export function splitText(
  text: NormalizedText,
  pattern: Pattern,
  budget: StepBudget,
  behavior: SplitBehavior,
  invert = false,
): NormalizedText[] {
  const matches = pattern(text.text);
  budget.spend(matches.length * stepsPerMatch);
  if (matches.length === 0 && text.length > 0 && !(invert && behavior === "Removed")) {
    return [text];
  }
  let parts = cover(text.length, matches, invert);
  const startsDelimiter = (part: Part, previousMatch: boolean) => part.match && !previousMatch;
  switch (behavior) {
    case "Removed":
      parts = parts.filter((part) => !part.match);
      break;
    case "Contiguous":
      parts = join(parts, (part, previousMatch) => part.match === previousMatch);
      break;
    case "MergedWithPrevious":
      parts = join(parts, startsDelimiter);
      break;
    case "MergedWithNext":
      parts = join(parts.reverse(), startsDelimiter).reverse();
      break;
    case "Isolated":
      break;
  }
  budget.spend(parts.length * stepsPerPiece);
  const texts: NormalizedText[] = [];
  for (const { start, end } of parts) {
    if (end > start) {
      texts.push(text.slice(start, end));
    }
  }
  return texts;
}
