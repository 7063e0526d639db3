import type { Message } from "../../common/message";
import { BlockBuilder } from "../block";
import { linesOf } from "../lines";
import type { DocumentReader, Findings, Source } from "../reader";
import { addCommentLine, addString, CommentCode } from "./addText";
import type { CodeLanguage } from "./forms";
import type { Found } from "./found";
import { codeLanguages } from "./languages";
import { CodeScanner } from "./scanner";

/** Comments without their marks, and strings as the program reads them. */
export const codeReader: DocumentReader = {
  name: "code",
  atCursor: "block",
  read(source: Source, findings: Findings): Message | null {
    if (source.language) {
      const language = codeLanguages[source.language];
      new CodeReader(source, language, findings).read(new CodeScanner(source.text, language).find(source.start));
    }
    return null;
  },
};

/** What opens documentation in a language whose documentation has tags. */
const taggedDocumentation = /^(?:\/\/\/|\/\*\*|''')/;

class CodeReader {
  readonly #source: Source;
  readonly #text: string;
  readonly #language: CodeLanguage;
  readonly #mark: RegExp;
  readonly #findings: Findings;
  /** Comments of one line each that stand one below the other. */
  #lines: Found[] = [];

  constructor(source: Source, language: CodeLanguage, findings: Findings) {
    this.#source = source;
    this.#text = source.text;
    this.#language = language;
    this.#mark = new RegExp(`^[/!#;%-]*(?:${language.documentationMark ?? ""})?`);
    this.#findings = findings;
  }

  /** Reads what starts before the place's end, and the comments that go on from there. */
  read(all: Iterable<Found>): void {
    for (const found of all) {
      const last = this.#lines.at(-1);
      const goesOn = last !== undefined && found.kind === "line" && this.#isBelow(last, found);
      if (!goesOn) {
        this.#endLines();
      }
      if (found.start > this.#source.end && !goesOn) {
        return;
      }
      if (found.kind === "line") {
        this.#lines.push(found);
      } else if (this.#findings.wants(found.start, found.end)) {
        this.#take(found);
      }
      if (this.#findings.isFull) {
        return;
      }
    }
    this.#endLines();
  }

  /** Adds a comment or a string, or what stands in the expression of the string that holds the place. */
  #take(found: Found): void {
    const { start, end } = this.#source;
    const isInside = found.holes.some((hole) => hole.start < start && end < hole.end);
    const nested = isInside ? found.nested.filter((one) => this.#findings.wants(one.start, one.end)) : [];
    if (nested.length > 0) {
      this.read(nested);
    } else {
      this.#add(found);
    }
  }

  /** Whether a comment is alone on its line, just below the one before. */
  #isBelow(last: Found, found: Found): boolean {
    return found.start - last.end < 1000 && /^\n[ \t]*$/.test(this.#text.slice(last.end, found.start));
  }

  #endLines(): void {
    const [first] = this.#lines;
    const last = this.#lines.at(-1);
    if (first && last && this.#findings.wants(first.start, last.end)) {
      const block = new BlockBuilder(this.#text);
      const code = new CommentCode(this.#text, block);
      for (const { start, inner } of this.#lines) {
        // A first line that tells the system what runs the file is no comment.
        if (start === 0 && this.#text.startsWith("#!")) {
          continue;
        }
        const marks = this.#mark.exec(this.#text.slice(inner.start, inner.end))?.[0].length ?? 0;
        block.leaveOut("mark", start, inner.start + marks);
        const line = { start: inner.start + marks, end: inner.end };
        if (!code.leavesOut(line)) {
          addCommentLine(this.#text, line, block, this.#hasTags(start));
        }
      }
      this.#findings.add(block, "comment", first.start, last.end);
    }
    this.#lines = [];
  }

  #hasTags(start: number): boolean {
    return this.#language.hasTags === true && taggedDocumentation.test(this.#text.slice(start, start + 3));
  }

  #add({ kind, start, end, inner, form, holes }: Found): void {
    const text = this.#text;
    const block = new BlockBuilder(text);
    block.leaveOut("mark", start, inner.start);
    if (kind === "block") {
      const marks = new RegExp(`^[ \\t]*[*!]*(?:${this.#language.documentationMark ?? ""})?`);
      const code = new CommentCode(text, block);
      for (const { start: from, end: to } of linesOf(text, inner.start, inner.end)) {
        const length = marks.exec(text.slice(from, to))?.[0].length ?? 0;
        const line = { start: from + length, end: to };
        if (!code.leavesOut(line)) {
          addCommentLine(text, line, block, this.#hasTags(start));
        }
      }
    } else if (form) {
      const isDocumentation = form.isDocumentation === true && this.#isStatement(start);
      addString(text, inner, form, holes, block, isDocumentation);
      block.leaveOut("mark", inner.end, end);
      this.#findings.add(block, isDocumentation ? "comment" : "string", start, end);
      return;
    }
    block.leaveOut("mark", inner.end, end);
    this.#findings.add(block, "comment", start, end);
  }

  /** Whether a string is a statement of its own: nothing before it on its line, and no value that goes on from the line before. */
  #isStatement(start: number): boolean {
    const before = this.#text.slice(Math.max(0, start - 1000), start);
    return /(?:^|\n)[ \t]*$/.test(before) && !/[([{,=+%\\]$/.test(before.trimEnd());
  }
}
