import { ExplainError } from "../common/errors";
import { formatCount } from "../common/format";

/** Longest text, in UTF-16 units, that is sent to the engine; more is refused at once instead of running for an hour. */
export const maximumCharacters = 20_000;

/** Throws an {@link ExplainError} for text that cannot be explained: none, too much, or not text at all. */
export function checkText(text: string): void {
  if (text.length > maximumCharacters) {
    throw tooLong(text.length);
  }
  if (text.includes("\0")) {
    throw new ExplainError(
      "text-binary",
      "This is a binary file, not text. Open a text file and select what to explain.",
    );
  }
  if (text.trim() === "") {
    throw new ExplainError(
      "text-empty",
      "There is no text here to explain. Select some, or put the cursor on a line with text.",
    );
  }
}

/** The error for a text of `length` UTF-16 units, over {@link maximumCharacters}. */
export function tooLong(length: number): ExplainError {
  return new ExplainError(
    "text-too-long",
    "The selection has {0} characters; at most {1} can be explained at once. Select less text.",
    formatCount(length),
    formatCount(maximumCharacters),
  );
}
