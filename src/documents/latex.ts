import { type Message, message } from "../common/message";
import type { Piece } from "../common/reading";
import { BlockBuilder } from "./block";
import { baseLetter, behind, groupEnd } from "./latexGroups";
import { latexStart } from "./latexStart";
import {
  accents,
  formulas,
  gaps,
  headings,
  ligatures,
  silentArguments,
  symbols,
  tables,
  verbatims,
} from "./latexSymbols";
import type { DocumentReader, Findings, Source } from "./reader";

/** LaTeX as it is printed: accents and quotation marks resolved, without commands, formulas and comments. */
export const latexReader: DocumentReader = {
  name: "LaTeX",
  atCursor: "sentence",
  read(source: Source, findings: Findings): Message | null {
    return new LatexReader(source, findings).read();
  },
};

/** What is no plain text: a comment, a command, a group, a formula, the white space around a blank line, a typed quotation mark or dash. */
const special = /[%\\${}~&]|-{2,3}|``|''|[!?]?`|[ \t]*\n[ \t]*\n\s*/g;

class LatexReader {
  readonly #text: string;
  readonly #findings: Findings;
  #block: BlockBuilder;
  #blockStart: number;
  #piece: Piece = "paragraph";
  #at: number;
  /** The depth of braces, where headings close, and how many tables are open. */
  #depth = 0;
  #headingDepth = -1;
  #tableDepth = 0;
  readonly #last: number;

  constructor({ text, start, end }: Source, findings: Findings) {
    const { at, tables, bodyStart } = latexStart(text, start);
    this.#text = text;
    this.#last = end;
    this.#findings = findings;
    this.#block = new BlockBuilder(text);
    this.#at = at;
    this.#tableDepth = tables;
    this.#piece = tables > 0 ? "cell" : "paragraph";
    this.#blockStart = at;
    if (bodyStart > 0) {
      findings.leaveOut("command", 0, bodyStart);
    }
  }

  read(): Message | null {
    for (;;) {
      special.lastIndex = this.#at;
      const found = special.exec(this.#text);
      const start = found?.index ?? this.#text.length;
      this.#block.words(this.#at, start);
      this.#at = start;
      if (!found || this.#text.startsWith("\\end{document}", start)) {
        this.#endBlock(start, start);
        return null;
      }
      if (this.#blockStart > this.#last || this.#findings.isFull) {
        return null;
      }
      const wrong = this.#special(found[0], start);
      if (wrong) {
        return wrong;
      }
    }
  }

  #special(mark: string, start: number): Message | null {
    const text = this.#text;
    this.#at = start + mark.length;
    if (mark === "~" && /^\\[a-zA-Z]*(?:ref|cite)/.test(text.slice(this.#at, this.#at + 20))) {
      this.#block.gap(" ");
      return null;
    }
    const typed = ligatures[mark];
    if (typed !== undefined) {
      this.#block.put(typed, start, this.#at);
      return null;
    }
    switch (mark) {
      case "%": {
        const end = text.indexOf("\n", start);
        this.#block.leaveOut("comment", start, end < 0 ? text.length : end);
        // A comment takes the line end, and the white space that the next line starts with.
        this.#at = end < 0 ? text.length : behind(/[ \t]*/y, text, end + 1);
        if (/^\n/.test(text.slice(this.#at, this.#at + 2))) {
          this.#at = end;
        }
        return null;
      }
      case "{":
        this.#depth++;
        return null;
      case "}":
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth === this.#headingDepth) {
          this.#headingDepth = -1;
          this.#endBlock(this.#at, this.#at);
        }
        return null;
      case "&":
        if (this.#tableDepth > 0) {
          this.#endBlock(start, this.#at);
        } else {
          this.#block.put("&", start, this.#at);
        }
        return null;
      case "$":
        this.#dollar(start);
        return null;
      case "\\":
        return this.#command(start);
      default:
        this.#endBlock(start, this.#at);
        return null;
    }
  }

  /** Leaves a formula out; a dollar that none follows in the paragraph is text. */
  #dollar(start: number): void {
    const form = this.#text.startsWith("$$", start)
      ? /\$\$(?:[^$\\]|\\[\s\S]|\$(?!\$))*\$\$/y
      : /\$(?:[^$\\\n]|\\[^\n]|\n(?![ \t]*\n))+\$/y;
    form.lastIndex = start;
    if (form.test(this.#text)) {
      this.#at = form.lastIndex;
      this.#block.leaveOut("formula", start, this.#at);
    } else {
      this.#block.put("$", start, start + 1);
    }
  }

  #command(start: number): Message | null {
    const text = this.#text;
    const name = /\\([a-zA-Z@]+)\*?/y;
    name.lastIndex = start;
    const word = name.exec(text)?.[1];
    if (word === undefined) {
      return this.#symbol(start, text[start + 1] ?? "");
    }
    const end = name.lastIndex;
    const letter = accents[word];
    const symbol = symbols[word];
    if (letter !== undefined && /^[\s{\\]/.test(text.slice(end, end + 1)) && this.#accent(letter, start, end)) {
      return null;
    }
    if (symbol !== undefined) {
      // White space after a command, or an empty group, only ends its name.
      this.#at = behind(/\{\}|[ \t]*(?:\n(?![ \t]*\n)[ \t]*)?/y, text, end);
      this.#block.put(symbol, start, this.#at);
      return null;
    }
    if (word === "begin" || word === "end") {
      return this.#environment(word, start, end);
    }
    if (word === "iffalse") {
      const close = text.indexOf("\\fi", end);
      this.#at = close < 0 ? text.length : close + 3;
      this.#block.leaveOut("comment", start, this.#at);
      return null;
    }
    if (word === "verb" || word === "lstinline" || word === "mintinline") {
      const open = word === "verb" ? end : this.#arguments(end, word === "mintinline" ? 1 : 0);
      const close = text.indexOf(text[open] === "{" ? "}" : (text[open] ?? ""), open + 1);
      this.#at = close < 0 ? text.length : close + 1;
      this.#block.leaveOut("codeBlock", start, this.#at);
      return null;
    }
    this.#at = this.#arguments(end, silentArguments[word] ?? 0);
    if (headings.has(word) || word === "item") {
      this.#endBlock(start, start);
      this.#piece = word === "item" ? "listItem" : "heading";
      this.#headingDepth = word === "item" ? -1 : this.#depth;
    }
    this.#block.leaveOut("command", start, this.#at);
    const gap = gaps[word];
    if (gap) {
      this.#block.gap(gap);
    } else if (/ref$|cite/i.test(word) && /^[.,;:!?)]/.test(text.slice(this.#at, this.#at + 1))) {
      // A full stop behind a reference belongs to the word before it.
      this.#block.join();
    }
    return null;
  }

  /** A command of one character that is no letter. */
  #symbol(start: number, character: string): Message | null {
    const text = this.#text;
    const end = start + 1 + character.length;
    const accent = accents[character];
    if (accent !== undefined && this.#accent(accent, start, end)) {
      return null;
    }
    this.#at = end;
    if (character === "\\") {
      this.#at = behind(/\*?(?:[ \t]*\[[^\]\n]{0,40}\])?/y, text, end);
      if (this.#tableDepth > 0) {
        this.#endBlock(start, this.#at);
      } else {
        this.#block.gap("\n");
      }
    } else if (character === "(" || character === "[") {
      const close = text.indexOf(character === "(" ? "\\)" : "\\]", end);
      if (close < 0) {
        return message("A formula is not closed.");
      }
      this.#at = close + 2;
      this.#block.leaveOut("formula", start, this.#at);
    } else if (/[\s,;:]/.test(character)) {
      this.#block.gap(" ");
    } else if (/[%&#_${}]/.test(character)) {
      this.#block.put(character, start, end);
    }
    return null;
  }

  /** A letter with an accent, in braces or not; `false` where no letter follows. */
  #accent(mark: string, start: number, end: number): boolean {
    const base = baseLetter(this.#text, end);
    if (base) {
      this.#at = base.end;
      this.#block.put(`${base.letter}${mark}`.normalize("NFC"), start, this.#at);
    }
    return base !== null;
  }

  #environment(word: "begin" | "end", start: number, end: number): Message | null {
    const text = this.#text;
    const group = /[ \t]*\{([^{}\n]{0,60})\}/y;
    group.lastIndex = end;
    const name = group.exec(text)?.[1];
    if (name === undefined) {
      this.#at = end;
      return null;
    }
    const plain = name.replace(/\*$/, "");
    this.#at = group.lastIndex;
    if (word === "begin" && (formulas.has(plain) || verbatims.has(plain))) {
      const closing = `\\end{${name}}`;
      const close = text.indexOf(closing, this.#at);
      if (close < 0) {
        return message("The environment {0} is not closed.", name);
      }
      this.#at = close + closing.length;
      if (formulas.has(plain)) {
        this.#block.leaveOut("formula", start, this.#at);
        this.#block.gap(" ");
      } else {
        this.#endBlock(start, this.#at);
        this.#findings.leaveOut("codeBlock", start, this.#at);
      }
      return null;
    }
    this.#at = word === "begin" ? this.#arguments(this.#at, tables.has(plain) ? 1 : 0) : this.#at;
    this.#endBlock(start, this.#at);
    this.#tableDepth = Math.max(
      0,
      this.#tableDepth + (tables.has(plain) && plain !== "minipage" ? (word === "begin" ? 1 : -1) : 0),
    );
    this.#piece = this.#tableDepth > 0 ? "cell" : "paragraph";
    return null;
  }

  /** Behind options in brackets, and so many groups. */
  #arguments(start: number, groups: number): number {
    let at = behind(/(?:[ \t]*\[[^\]\n]{0,100}\])*/y, this.#text, start);
    for (let group = 0; group < groups; group++) {
      const open = behind(/\s*\{/y, this.#text, at);
      if (open === at) {
        const command = behind(/\s*\\[a-zA-Z]+/y, this.#text, at);
        if (command === at) {
          break;
        }
        at = command;
        continue;
      }
      at = behind(/(?:[ \t]*\[[^\]\n]{0,100}\])*/y, this.#text, groupEnd(this.#text, open));
    }
    return at;
  }

  #endBlock(end: number, next: number): void {
    this.#findings.add(this.#block, this.#piece, this.#blockStart, end);
    this.#block = new BlockBuilder(this.#text);
    this.#blockStart = next;
    this.#piece = this.#tableDepth > 0 ? "cell" : "paragraph";
  }
}
