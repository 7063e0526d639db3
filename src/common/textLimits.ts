import { ExplainError } from "./errors";
import { formatCount } from "./format";

/** Longest text, in UTF-16 units, that can be explained; more is refused at once instead of running for an hour. */
export const maximumCharacters = 20_000;

/** Refuses what no model can read: nothing at all (`text-empty`), binary data (`text-binary`), far too much (`text-too-long`). Takes no time. */
export function checkText(text: string, pair: string | null): void {
  const characters = text.length + (pair?.length ?? 0);
  if (characters > maximumCharacters) {
    throw tooLong(characters);
  }
  for (const [at, part] of (pair === null ? [text] : [text, pair]).entries()) {
    if (part.includes("\0")) {
      throw new ExplainError(
        "text-binary",
        "This is binary data, not text: it holds NUL characters. Select readable text.",
      );
    }
    if (!/\S/u.test(part)) {
      throw at === 0
        ? new ExplainError("text-empty", "There is no text to explain. Select some words first.")
        : new ExplainError("text-empty", "The second text, or the question, is empty. Give at least one word.");
    }
  }
}

/** The error for a text of `length` UTF-16 units, over {@link maximumCharacters}. */
function tooLong(length: number): ExplainError {
  return new ExplainError(
    "text-too-long",
    "The text has {0} characters; at most {1} can be explained at once. Select a shorter part.",
    formatCount(length),
    formatCount(maximumCharacters),
  );
}
