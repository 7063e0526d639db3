import { onAbort } from "../common/abort";
import { ExplainError, throwIfCancelled } from "../common/errors";
import { formatCount } from "../common/format";
import { maximumRecordCharacters } from "../lists/lineReader";
import { bytesOf, decodedText } from "./decode";

/**
 * The text on standard input, without the line end that a shell adds. Throws `input-unreadable` for what is not text, `text-too-long` for a stream
 * that does not end, `cancelled` once `signal` aborts.
 */
export async function readStandardInput(
  stdin: NodeJS.ReadableStream & { destroy(): unknown },
  signal: AbortSignal,
): Promise<string> {
  // Waiting for input would not hear of an interruption.
  const hearNoMore = onAbort(signal, () => stdin.destroy());
  try {
    let text = "";
    for await (const piece of decodedText(bytesOf(stdin), "Standard input")) {
      text += piece;
      if (text.length > maximumRecordCharacters) {
        throw new ExplainError(
          "text-too-long",
          "Standard input has more than {0} characters. Give a shorter text, or a file with --input.",
          formatCount(maximumRecordCharacters),
        );
      }
    }
    throwIfCancelled(signal);
    return text.replace(/\r?\n$/, "");
  } catch (error) {
    throwIfCancelled(signal);
    throw error instanceof ExplainError
      ? error
      : new ExplainError("input-unreadable", "Standard input cannot be read. Give the text itself, or a file.");
  } finally {
    hearNoMore();
  }
}
