import { type Recognised, recognise } from "../common/documentNames";
import { ExplainError } from "../common/errors";
import { type Message, message } from "../common/message";
import type { Piece, PieceCount, Reading, ReadRequest } from "../common/reading";
import { maximumCharacters } from "../common/textLimits";
import { type Block, BlockBuilder, cutRuns, type LeftOut, type Span, TooIntricate, textSpan } from "./block";
import { labelsBeside } from "./entries";
import { PlainLines } from "./lineEnds";
import { lineEnd, lineStart } from "./lines";
import { type DocumentReader, Findings } from "./reader";
import { readers } from "./registry";
import { sentenceAt, trimmed, wholeWords } from "./words";

/** A block and the stretch of its text that is read. */
interface Part {
  readonly block: Block;
  readonly span: Span;
  readonly piece: Piece;
}

/**
 * Reads what stands in a selection, or at a cursor, as text without the marks of its kind of document. What cannot be read that way is taken as it
 * is, and the notes say why. Throws `text-empty` where there is nothing to explain.
 */
export function readDocument(asked: ReadRequest): Reading {
  const lines = new PlainLines(asked);
  return lines.inDocument(readPlace(lines.request));
}

function readPlace(request: ReadRequest): Reading {
  const recognised = recognise(request.language, request.path);
  const isCursor = request.start === request.end;
  if (request.language === "raw" || !recognised || (recognised.kind === "plain" && !isCursor)) {
    return rawReading(request, []);
  }
  const reader = readers[recognised.kind];
  const name = recognised.kind === "code" ? recognised.language : reader.name;
  const attempt = readAs(reader, recognised, request, request);
  if ("why" in attempt) {
    return rawReading(request, [attempt.why, message("The text is explained as it is, not as {0}.", name)]);
  }
  const parts = isCursor
    ? partsAtCursor(attempt, reader, recognised, request)
    : attempt.blocks.flatMap((block) => selectedPart(block, request));
  if (parts.length === 0) {
    return nothingRead(request, reader, name);
  }
  // What is more than can be explained is refused as a whole, and must not be taken for less.
  const isWhole = !isCursor && !attempt.isFull;
  const labels = labelsBeside(isWhole ? parts.map(({ block }) => block) : [], attempt.entries);
  return assembled(
    request,
    recognised,
    name,
    parts.filter(({ block }) => !labels.has(block)),
    isCursor ? [] : [...attempt.leftOut, ...labels],
  );
}

/**
 * Reads every passage of a document: each paragraph, value, comment and so on is a text of its own. A document that cannot be read is one passage, as it
 * is. Throws `input-unreadable` for a kind of document that nothing is known of.
 */
export function readPassages(asked: ReadRequest): Reading[] {
  const lines = new PlainLines(asked);
  return passages(lines.request).map((reading) => lines.inDocument(reading));
}

function passages(request: ReadRequest): Reading[] {
  const recognised = recognise(request.language, request.path);
  if (request.language !== "raw" && !recognised) {
    throw new ExplainError("input-unreadable", "What kind of document this is is not known. Name it with --as.");
  }
  if (request.language === "raw" || !recognised) {
    return [rawReading(request, [])];
  }
  const reader = readers[recognised.kind];
  const name = recognised.kind === "code" ? recognised.language : reader.name;
  const attempt = readAs(reader, recognised, request, request, Number.POSITIVE_INFINITY);
  if ("why" in attempt) {
    return [rawReading(request, [attempt.why, message("The text is explained as it is, not as {0}.", name)])];
  }
  return attempt.blocks.flatMap((block) => {
    const part = selectedPart(block, block);
    return part.length > 0 ? [assembled(request, recognised, name, part, [])] : [];
  });
}

function readAs(
  reader: DocumentReader,
  recognised: Recognised,
  { text }: ReadRequest,
  { start, end }: Span,
  most = maximumCharacters,
): Findings | { readonly why: Message } {
  const findings = new Findings({ start, end }, most);
  try {
    const why = reader.read(
      { text, start, end, language: recognised.kind === "code" ? recognised.language : null },
      findings,
    );
    return why ? { why } : findings;
  } catch (error) {
    // Parsers of others meet documents that nobody thought of; the text itself can still be explained.
    return { why: error instanceof TooIntricate ? error.why : message("The document cannot be read.") };
  }
}

function partsAtCursor(
  findings: Findings,
  reader: DocumentReader,
  recognised: Recognised,
  request: ReadRequest,
): Part[] {
  const cursor = request.start;
  const inside = findings.blocks.find(({ start, end }) => start <= cursor && cursor < end);
  const block = inside ?? findings.blocks.find(({ start, end }) => start <= cursor && cursor <= end);
  if (block) {
    const whole = trimmed(block.text, { start: 0, end: block.text.length });
    const isProse = block.piece !== "comment" && block.piece !== "string";
    if (reader.atCursor === "sentence" && isProse && whole) {
      const span = sentenceAt(block.text, textOffset(block, cursor), cursor >= block.end);
      return [{ block, span, piece: "sentence" }];
    }
    return whole ? [{ block, span: whole, piece: block.piece }] : [];
  }
  if (reader.atCursor !== "valueOfLine" && reader.atCursor !== "sentence") {
    return [];
  }
  const line = { start: lineStart(request.text, cursor), end: lineEnd(request.text, cursor) };
  const here = readAs(reader, recognised, request, line);
  const blocks = "why" in here ? [] : here.blocks;
  if (reader.atCursor === "valueOfLine") {
    const found = blocks.flatMap((one) => selectedPart(one, line));
    return found.length === 1 ? found : [];
  }
  const beside = blocks.find((one) => isBeside(one, request));
  const span = beside && sentenceAt(beside.text, textOffset(beside, cursor), cursor >= beside.end);
  return beside && span ? [{ block: beside, span, piece: "sentence" }] : [];
}

/** Whether nothing but marks and white space stands between a cursor and a block's text. */
function isBeside({ runs }: Block, { text, start }: ReadRequest): boolean {
  const first = runs[1] ?? 0;
  const last = runs.at(-1) ?? 0;
  return /^[^\p{L}\n]{0,40}$/u.test(start <= first ? text.slice(start, first) : text.slice(last, start));
}

/** Where a cursor stands in a block's text: among marks, before what comes after them. */
function textOffset({ text, runs }: Block, cursor: number): number {
  const { start } = textSpan(runs, cursor, Number.MAX_SAFE_INTEGER);
  const begins = cutRuns(runs, start, start + 1)[1] ?? cursor;
  return begins < cursor && /^\s/.test(text.slice(start)) ? start + 1 : start;
}

/** The part of a block that a selection covers, with its first and last word whole. */
function selectedPart(block: Block, { start, end }: Span): Part[] {
  const span = trimmed(block.text, textSpan(block.runs, start, end));
  return span ? [{ block, span: wholeWords(block.text, span), piece: block.piece }] : [];
}

/** What happens where a reader finds no text: an error where there is none at all, otherwise the text as it is. */
function nothingRead(request: ReadRequest, reader: DocumentReader, name: string): Reading {
  if (request.start === request.end && (reader.atCursor === "valueOfLine" || reader.atCursor === "field")) {
    throw new ExplainError(
      "text-empty",
      "There is no text value at the cursor. Put the cursor in one, or select what to explain.",
    );
  }
  const notes =
    reader.atCursor !== "sentence"
      ? []
      : [message("There is no running text of {0} here, so it is explained as it is.", name)];
  return rawReading(request, notes);
}

function assembled(
  request: ReadRequest,
  { kind }: Recognised,
  name: string,
  parts: readonly Part[],
  between: readonly LeftOut[],
): Reading {
  const runs: number[] = [];
  const texts: string[] = [];
  const leftOut: LeftOut[] = [...between.filter(({ start, end }) => start < request.end && end > request.start)];
  let completed = false;
  for (const { block, span } of parts) {
    const own = cutRuns(block.runs, span.start, span.end);
    const start = own[1] ?? 0;
    const end = own.at(-1) ?? 0;
    if (runs.length > 0) {
      texts.push("\n");
      runs.push(1, runs.at(-1) ?? 0, start);
    }
    for (const value of own) {
      runs.push(value);
    }
    texts.push(block.text.slice(span.start, span.end));
    for (const one of block.leftOut) {
      if (one.start <= end && one.end >= start) {
        leftOut.push(one);
      }
    }
    completed ||= request.start < request.end && (start < request.start || end > request.end);
  }
  return {
    kind,
    name,
    text: texts.join(""),
    runs,
    read: counted(parts.map(({ piece }) => piece)),
    leftOut: counted(leftOut.map(({ piece }) => piece)),
    notes: completed ? [completedNote] : [],
  };
}

const completedNote = message("The selection cut a word; the whole word is explained.");

function counted(pieces: readonly Piece[]): PieceCount[] {
  const counts = new Map<Piece, number>();
  for (const piece of pieces) {
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return [...counts].map(([piece, count]) => ({ piece, count }));
}

/** The selection, or the cursor's line, as it stands in the document. */
function rawReading(request: ReadRequest, notes: readonly Message[]): Reading {
  const { text, start, end } = request;
  const isCursor = start === end;
  const from = lineStart(text, start);
  const to = lineEnd(text, end);
  const builder = new BlockBuilder(text);
  builder.copy(from, to);
  const block = builder.build("line", from, to, Number.POSITIVE_INFINITY);
  const span = trimmed(block.text, isCursor ? { start: 0, end: block.text.length } : textSpan(block.runs, start, end));
  if (!span) {
    throw isCursor
      ? new ExplainError(
          "text-empty",
          "There is nothing to explain on a blank line. Put the cursor in some text, or select it.",
        )
      : new ExplainError("text-empty", "There is no text to explain. Select some words first.");
  }
  const whole = isCursor ? span : wholeWords(block.text, span);
  const completed = whole.start < span.start || whole.end > span.end;
  const runs = cutRuns(block.runs, whole.start, whole.end);
  return {
    kind: "raw",
    name: "raw text",
    text: block.text.slice(whole.start, whole.end),
    runs,
    read: [],
    leftOut: [],
    notes: completed ? [...notes, completedNote] : notes,
  };
}
