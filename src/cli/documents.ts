import { recognise } from "../common/documentNames";
import { ExplainError } from "../common/errors";
import { formatCount } from "../common/format";
import type { Reading } from "../common/reading";
import type { EngineClient } from "../engineClient/engineClient";
import { maximumRecordCharacters } from "../lists/lineReader";
import { type ListedText, listKindOf } from "../lists/textList";
import { type InputSurroundings, readPieces } from "./input";
import { UsageError } from "./usageError";

/** Whether a file is read passage by passage, by `--as` or by its name. */
export function isDocument(file: string, as: string | null): boolean {
  return listKindOf(file) === null && ((as !== null && as !== "auto") || recognise("", file) !== null);
}

/**
 * The passages of a document, each with the line it starts on. Throws `input-unreadable` for a file that is missing, no text, or has more than
 * {@link maximumRecordCharacters}; {@link UsageError} for an option that is for lists.
 */
export async function readPassages(
  file: string,
  field: string | null,
  as: string | null,
  engine: Pick<EngineClient, "request">,
  around: InputSurroundings,
): Promise<readonly (ListedText & { readonly reading: Reading })[]> {
  if (field !== null) {
    throw new UsageError("--column and --field are for .csv, .tsv and .jsonl files.");
  }
  let text = "";
  for await (const piece of readPieces(file, around)) {
    text += piece;
    if (text.length > maximumRecordCharacters) {
      throw new ExplainError(
        "input-unreadable",
        "The file {0} has more than {1} characters. Split it.",
        file,
        formatCount(maximumRecordCharacters),
      );
    }
  }
  const readings = await engine.request("readPassages", wholeDocument(text, as, file), around.signal);
  let line = 1;
  let at = 0;
  return readings.map((reading) => {
    const start = reading.runs[1] ?? 0;
    line += text.slice(at, start).split("\n").length - 1;
    at = start;
    return { line, text: reading.text, reading };
  });
}

/** Reads one text as a kind of document. */
export async function readText(
  text: string,
  as: string,
  engine: Pick<EngineClient, "request">,
  signal: AbortSignal,
): Promise<Reading> {
  return await engine.request("readDocument", wholeDocument(text, as, ""), signal);
}

function wholeDocument(text: string, as: string | null, path: string) {
  return { text, offset: 0, start: 0, end: text.length, language: as === null || as === "auto" ? "" : as, path };
}
