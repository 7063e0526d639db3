import { visit } from "jsonc-parser";
import { type CodeLanguageName, named } from "../common/documentNames";
import { type Message, message } from "../common/message";
import { type Block, BlockBuilder, cutRuns, type LeftOut, type Span, textSpan } from "./block";
import { codeReader } from "./code/code";
import { addJsonString } from "./json";
import { markdownReader } from "./markdown";
import { plainReader } from "./plain";
import { type DocumentReader, Findings, type Source } from "./reader";

/** Jupyter's notebooks: each cell as its kind, Markdown as prose, code by its comments and strings. */
export const notebookReader: DocumentReader = {
  name: "a notebook",
  atCursor: "sentence",
  read({ text, start, end }: Source, findings: Findings): Message | null {
    const notebook = cellsOf(text);
    if (!notebook) {
      return message("It is not a notebook.");
    }
    for (const { kind, strings } of notebook.cells) {
      const first = strings[0]?.start ?? 0;
      const last = strings.at(-1)?.end ?? 0;
      if (strings.length === 0 || !findings.wants(first, last)) {
        continue;
      }
      const cell = cellText(text, strings);
      const place = textSpan(cell.runs, start, end);
      const at = start === end ? cursorIn(cell, start) : null;
      const inner = at === null ? place : { start: at, end: at };
      const found = new Findings(inner, findings.most);
      const source = { text: cell.text, ...inner, language: kind === "code" ? notebook.language : null };
      const why = readerOf(kind).read(source, found);
      if (why) {
        return why;
      }
      findings.take({
        blocks: found.blocks.map((block) => inFile(block, cell.runs)),
        leftOut: found.leftOut.map((one) => ({ ...one, ...spanInFile(one, cell.runs) })),
        // Cells are prose or code.
        entries: [],
      });
    }
    return null;
  },
};

interface Cell {
  kind: string;
  /** The strings of its source, one a line as a rule. */
  readonly strings: Span[];
}

function readerOf(kind: string): DocumentReader {
  return kind === "code" ? codeReader : kind === "markdown" ? markdownReader : plainReader;
}

/** The cells of a notebook, and the language of its code; `null` where the file is none. */
function cellsOf(text: string): { readonly cells: readonly Cell[]; readonly language: CodeLanguageName } | null {
  const cells: Cell[] = [];
  let language: CodeLanguageName = "Python";
  let isWrong = false;
  visit(text, {
    onLiteralValue: (value: unknown, offset, length, _line, _character, path) => {
      const [first, second, third] = typeof value === "string" ? path() : [];
      if (first === "cells" && typeof second === "number") {
        cells[second] ??= { kind: "raw", strings: [] };
        if (third === "cell_type") {
          cells[second].kind = String(value);
        } else if (third === "source") {
          cells[second].strings.push({ start: offset, end: offset + length });
        }
      } else if (first === "metadata" && (third === "name" || third === "language")) {
        const known = second === "language_info" || second === "kernelspec" ? named(String(value)) : null;
        language = known?.kind === "code" ? known.language : language;
      }
    },
    onError: () => {
      isWrong = true;
    },
  });
  const known = cells.filter((cell) => cell !== undefined);
  return isWrong || known.length === 0 ? null : { cells: known, language };
}

function cellText(text: string, strings: readonly Span[]): Pick<Block, "text" | "runs"> {
  const block = new BlockBuilder(text);
  for (const string of strings) {
    addJsonString(text, string, block);
  }
  return block.build("cell", strings[0]?.start ?? 0, strings.at(-1)?.end ?? 0, Number.POSITIVE_INFINITY);
}

/** Where a cursor in the file stands in a cell's text. */
function cursorIn({ text, runs }: Pick<Block, "text" | "runs">, cursor: number): number {
  const { start, end } = textSpan(runs, cursor, Number.MAX_SAFE_INTEGER);
  return end === 0 ? text.length : start;
}

function inFile(block: Block, cell: readonly number[]): Block {
  const runs: number[] = [];
  for (let run = 0; run < block.runs.length; run += 3) {
    const [length = 0, start = 0, end = 0] = block.runs.slice(run, run + 3);
    const span = spanInFile({ start, end }, cell);
    for (const value of length === end - start ? cutRuns(cell, start, end) : [length, span.start, span.end]) {
      runs.push(value);
    }
  }
  const leftOut: LeftOut[] = block.leftOut.map((one) => ({ ...one, ...spanInFile(one, cell) }));
  return { ...block, runs, leftOut, ...spanInFile(block, cell) };
}

/** What a stretch of a cell's text stands for in the file. */
function spanInFile({ start, end }: Span, cell: readonly number[]): Span {
  const runs = cutRuns(cell, start, Math.max(end, start + 1));
  const first = runs[1] ?? cell.at(-1) ?? 0;
  return { start: first, end: end > start ? (runs.at(-1) ?? first) : first };
}
