import type { Message } from "../../common/message";
import { BlockBuilder, type Span } from "../block";
import { addEscape } from "../escapes";
import { linesOf } from "../lines";
import type { DocumentReader, Findings, Source } from "../reader";
import { codeLanguages, type StringForm } from "./languages";
import { CodeScanner, type Found } from "./scanner";

/** Comments without their marks, and strings as the program reads them. */
export const codeReader: DocumentReader = {
  name: "code",
  atCursor: "block",
  read({ text, language, end }: Source, findings: Findings): Message | null {
    if (language) {
      new CodeReader(text, findings).read(new CodeScanner(text, codeLanguages[language]).find(), end);
    }
    return null;
  },
};

class CodeReader {
  readonly #text: string;
  readonly #findings: Findings;
  /** Comments of one line each that stand one below the other. */
  #lines: Found[] = [];

  constructor(text: string, findings: Findings) {
    this.#text = text;
    this.#findings = findings;
  }

  /** Reads what starts before `end`, and the comments that go on from there. */
  read(all: Iterable<Found>, end: number): void {
    for (const found of all) {
      const last = this.#lines.at(-1);
      const goesOn = last !== undefined && found.kind === "line" && this.#isBelow(last, found);
      if (!goesOn) {
        this.#endLines();
      }
      if (found.start > end && !goesOn) {
        return;
      }
      if (found.kind === "line") {
        this.#lines.push(found);
      } else if (this.#findings.wants(found.start, found.end)) {
        this.#add(found);
      }
      if (this.#findings.isFull) {
        return;
      }
    }
    this.#endLines();
  }

  /** Whether a comment is alone on its line, just below the one before. */
  #isBelow(last: Found, found: Found): boolean {
    return found.start - last.end < 1000 && /^\r?\n[ \t]*$/.test(this.#text.slice(last.end, found.start));
  }

  #endLines(): void {
    const [first] = this.#lines;
    const last = this.#lines.at(-1);
    if (first && last && this.#findings.wants(first.start, last.end)) {
      const block = new BlockBuilder(this.#text);
      for (const { start, inner } of this.#lines) {
        // A first line that tells the system what runs the file is no comment.
        if (start === 0 && this.#text.startsWith("#!")) {
          continue;
        }
        const marks = /^[/!#;%-]*/.exec(this.#text.slice(inner.start, inner.end))?.[0].length ?? 0;
        block.leaveOut("mark", start, inner.start + marks);
        addCommentLine(this.#text, { start: inner.start + marks, end: inner.end }, block);
      }
      this.#findings.add(block, "comment", first.start, last.end);
    }
    this.#lines = [];
  }

  #add({ kind, start, end, inner, form, holes }: Found): void {
    const text = this.#text;
    const block = new BlockBuilder(text);
    block.leaveOut("mark", start, inner.start);
    const isDocumentation =
      form?.isDocumentation === true && /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, start - 200), start));
    if (kind === "block" || isDocumentation) {
      for (const line of linesOf(text, inner.start, inner.end)) {
        const marks = kind === "block" ? (/^[ \t]*[*!]*/.exec(text.slice(line.start, line.end))?.[0].length ?? 0) : 0;
        addCommentLine(text, { start: line.start + marks, end: line.end }, block);
      }
      block.leaveOut("mark", inner.end, end);
      this.#findings.add(block, "comment", start, end);
    } else if (form) {
      addString(text, inner, form, holes, block);
      block.leaveOut("mark", inner.end, end);
      this.#findings.add(block, "string", start, end);
    }
  }
}

/** Adds one line of a comment; a blank one, a rule, and one that starts an item or a tag start a line of the text. */
function addCommentLine(text: string, { start, end }: Span, block: BlockBuilder): void {
  const line = text.slice(start, end);
  if (/^[\s\-=*#/_~+]*$/.test(line)) {
    block.gap("\n");
    return;
  }
  block.gap(/^\s*(?:[@\\:]\w|[-*•] |\d{1,3}[.)] )/.test(line) ? "\n" : " ");
  block.words(start, end);
}

/** Adds a string's text, its escapes resolved, its expressions left out. */
function addString(text: string, inner: Span, form: StringForm, holes: readonly Span[], block: BlockBuilder): void {
  const indent = form.isTextBlock ? textBlockIndent(text, inner) : null;
  const start = indent === null ? inner.start : textBlockStart(text, inner);
  let at = start;
  const skipIndent = (): void => {
    if (indent !== null) {
      const spaces = /^[ \t]*/.exec(text.slice(at, Math.min(inner.end, at + indent)))?.[0].length ?? 0;
      at += spaces;
    }
  };
  skipIndent();
  const marks = [
    form.escapes.lead,
    form.doubles ? form.close : null,
    form.hole?.open === "{" ? "{{" : null,
    form.hole?.open === "{" ? "}}" : null,
  ];
  const special = stops([...marks, indent === null ? null : "\n"]);
  // Nothing behind the string is looked through.
  const inside = text.slice(0, inner.end);
  let hole = 0;
  while (at < inner.end) {
    const next = holes[hole];
    const limit = next ? next.start : inner.end;
    special.lastIndex = at;
    const found = at < limit ? special.exec(inside) : null;
    const stop = found && found.index < limit ? found.index : limit;
    block.copy(at, stop);
    at = stop;
    if (stop === limit) {
      if (!next) {
        return;
      }
      block.leaveOut("expression", next.start, next.end);
      at = next.end;
      hole++;
    } else if (found?.[0] === "\n") {
      block.copy(at, at + 1);
      at++;
      skipIndent();
    } else if (found?.[0] === form.escapes.lead) {
      at = addEscape(text, at, limit, form.escapes, block);
    } else {
      // A mark that is doubled to stand for itself.
      block.put(text.charAt(at), at, at + 2);
      at += 2;
    }
  }
}

function stops(marks: readonly (string | null)[]): RegExp {
  const sources = marks.flatMap((mark) => (mark === null ? [] : [mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")]));
  return sources.length === 0 ? /(?!)/g : new RegExp(sources.join("|"), "g");
}

/** Behind the line end after a text block's opening mark. */
function textBlockStart(text: string, inner: Span): number {
  const first = /^[ \t]*\r?\n/.exec(text.slice(inner.start, inner.end))?.[0].length ?? 0;
  return inner.start + first;
}

/** The least indentation of the lines of a text block that are not blank, and of the line of its closing mark. */
function textBlockIndent(text: string, inner: Span): number {
  let least = Number.MAX_SAFE_INTEGER;
  for (const { start, end } of linesOf(text, textBlockStart(text, inner), inner.end)) {
    const spaces = /^[ \t]*/.exec(text.slice(start, end))?.[0].length ?? 0;
    if (start + spaces < end || end === inner.end) {
      least = Math.min(least, spaces);
    }
  }
  return least === Number.MAX_SAFE_INTEGER ? 0 : least;
}
