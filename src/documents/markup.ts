import { Tokenizer, type TokenizerCallbacks } from "htmlparser2";
import { type Message, message } from "../common/message";
import { BlockBuilder } from "./block";
import { inlineElements } from "./inlineElements";
import { markupStart } from "./markupStart";
import type { DocumentReader, Findings, Source } from "./reader";

/** HTML as a page shows it: entities resolved, blocks apart, without scripts and styles. */
export const htmlReader: DocumentReader = {
  name: "HTML",
  atCursor: "sentence",
  read(source: Source, findings: Findings): Message | null {
    return new MarkupReader(source.text, markupStart(source), source.text.length, findings, false).read(source.end);
  },
};

/** The text of XML's elements; every element but a few that mark words in running text is a block. */
export const xmlReader: DocumentReader = {
  name: "XML",
  atCursor: "sentence",
  read(source: Source, findings: Findings): Message | null {
    return new MarkupReader(source.text, markupStart(source), source.text.length, findings, true).read(source.end);
  },
};

/** Reads a stretch of HTML that stands in a document. */
export function htmlBlocks(text: string, start: number, end: number, findings: Findings): Message | null {
  return new MarkupReader(text, start, end, findings, false).read(end);
}

/** Elements that stand in a line of text in XML, where other names are those of values as often as not. */
const inlineInXml = new Set("b i em strong sub sup span u small tt emph hi italic bold".split(" "));
/** Elements without text for a reader. */
const silent = new Set(["script", "style", "noembed", "noframes", "iframe", "xmp"]);
const cells = new Set(["td", "th"]);
/** Elements whose end tag may be missing: hidden ones end at the next tag of a block. */
const endingAlone = new Set("p li dt dd td th tr option optgroup thead tbody tfoot rp rt".split(" "));
/** Elements without content. */
const empty = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));

/** A style by which an element is not shown. */
const undisplayed = /(?:^|;)\s*display\s*:\s*none\b/i;

/** How much is read before looking whether it was enough. */
const atOnce = 16_384;
/** What a template puts in: no text of the page. */
const insertion = /\{\{(?:[^{}\n]|\{[^{}\n]*\}){0,500}\}\}|\{%[^%\n]{0,500}%\}/g;

/** One pass over markup. */
class MarkupReader implements TokenizerCallbacks {
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #findings: Findings;
  readonly #isXml: boolean;
  #block: BlockBuilder;
  #blockStart: number;
  #piece: "paragraph" | "heading" | "listItem" | "cell" | "value" = "paragraph";
  /** The element whose text is left out, and how many of that name are open. */
  #silent: {
    readonly name: string;
    readonly start: number;
    readonly piece: "script" | "hidden";
    depth: number;
  } | null = null;
  #preserved = 0;
  #name = "";
  #openTags: string[] = [];
  #malformed: Message | null = null;
  #tagStart = 0;
  /** The tag that is being read says that its element is not shown. */
  #isHidden = false;
  /** The attribute that is being read. */
  #attribute = "";
  #value = "";

  constructor(text: string, start: number, end: number, findings: Findings, isXml: boolean) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#findings = findings;
    this.#isXml = isXml;
    this.#block = new BlockBuilder(text);
    this.#blockStart = start;
  }

  /** Reads up to the first block that starts behind `last`. */
  read(last: number): Message | null {
    const tokenizer = new Tokenizer({ xmlMode: this.#isXml, decodeEntities: true }, this);
    for (let at = this.#start; at < this.#end; ) {
      if (this.#blockStart > last || this.#findings.isFull) {
        return this.#malformed;
      }
      const tag = this.#text.indexOf("<", at + atOnce);
      const stop = tag < 0 ? this.#end : Math.min(tag, this.#end);
      tokenizer.write(this.#text.slice(at, stop));
      at = stop;
    }
    tokenizer.end();
    this.#endBlock(this.#end);
    if (this.#isXml && this.#start === 0 && this.#openTags.length > 0) {
      this.#malformed ??= message("The element {0} is not closed.", this.#openTags.at(-1) ?? "");
    }
    return this.#malformed;
  }

  ontext(from: number, to: number): void {
    if (this.#silent) {
      return;
    }
    const start = this.#start + from;
    const end = this.#start + to;
    let at = start;
    for (const { index, 0: found } of this.#text.slice(start, end).matchAll(insertion)) {
      this.#plain(at, start + index);
      at = start + index + found.length;
      this.#block.leaveOut("expression", start + index, at);
    }
    this.#plain(at, end);
  }

  #plain(start: number, end: number): void {
    if (this.#preserved > 0) {
      this.#block.copy(start, end);
    } else {
      this.#block.words(start, end);
    }
  }

  ontextentity(codepoint: number, to: number): void {
    const end = this.#start + to;
    if (!this.#silent) {
      this.#block.put(String.fromCodePoint(codepoint), this.#text.lastIndexOf("&", end - 1), end);
    }
  }

  oncdata(from: number, to: number, mark: number): void {
    this.ontext(from, to - mark);
  }

  onopentagname(from: number, to: number): void {
    const name = this.#text.slice(this.#start + from, this.#start + to);
    this.#name = this.#isXml ? name : name.toLowerCase();
    this.#tagStart = this.#start + from - 1;
    this.#isHidden = false;
    this.#endSilentBlock(this.#tagStart);
    if (!this.#silent) {
      this.#boundary(this.#name, this.#tagStart);
    }
  }

  onopentagend(to: number): void {
    const name = this.#name;
    const end = this.#start + to + 1;
    if (this.#silent) {
      this.#silent.depth += this.#silent.name === name ? 1 : 0;
      return;
    }
    this.#openTag(name, end);
    if (this.#isXml) {
      this.#openTags.push(name);
    } else if (silent.has(name)) {
      this.#silent = { name, start: this.#tagStart, piece: "script", depth: 1 };
    } else if (this.#isHidden && !empty.has(name) && this.#findings.beginsBefore(this.#tagStart)) {
      this.#silent = { name, start: this.#tagStart, piece: "hidden", depth: 1 };
    } else if (name === "pre" || name === "textarea" || name === "listing") {
      this.#preserved++;
    }
  }

  onselfclosingtag(to: number): void {
    if (!this.#silent) {
      this.#openTag(this.#name, this.#start + to + 1);
    }
  }

  onclosetag(from: number, to: number): void {
    const text = this.#text.slice(this.#start + from, this.#start + to);
    const name = this.#isXml ? text.trim() : text.toLowerCase().trim();
    const start = this.#start + from - 2;
    this.#name = name;
    this.#endSilentBlock(start);
    if (this.#silent) {
      this.#silent.depth -= this.#silent.name === name ? 1 : 0;
      if (this.#silent.depth === 0) {
        this.#endSilent(start);
      }
      return;
    }
    const opened = this.#isXml ? this.#openTags.pop() : name;
    if (opened !== name && (opened !== undefined || this.#start === 0)) {
      this.#malformed ??= message("The end tag {0} does not belong to the last element that was opened.", name);
    }
    if (name === "pre" || name === "textarea" || name === "listing") {
      this.#preserved = Math.max(0, this.#preserved - 1);
    }
    const end = this.#start + to + 1;
    if (name === "br") {
      this.#block.gap("\n");
    }
    this.#block.leaveOut("tag", start, end);
    if (name !== "br" && !this.#isInline(name)) {
      this.#endBlock(end);
    }
  }

  oncomment(from: number, to: number): void {
    if (!this.#silent) {
      this.#block.leaveOut("comment", this.#start + from, this.#start + to);
    }
  }

  onend(): void {}
  onattribentity(): void {}
  onattribname(from: number, to: number): void {
    this.#attribute = this.#text.slice(this.#start + from, this.#start + to).toLowerCase();
    this.#value = "";
    this.#isHidden ||= !this.#isXml && this.#attribute === "hidden";
  }

  onattribdata(from: number, to: number): void {
    this.#value += this.#text.slice(this.#start + from, this.#start + to);
  }

  onattribend(): void {
    this.#isHidden ||= !this.#isXml && this.#attribute === "style" && undisplayed.test(this.#value);
  }

  ondeclaration(): void {}
  onprocessinginstruction(): void {}

  /** What is hidden and needs no end tag ends before the tag of a block. */
  #endSilentBlock(at: number): void {
    const isBlock = this.#name !== "br" && !this.#isInline(this.#name);
    if (this.#silent?.piece === "hidden" && endingAlone.has(this.#silent.name) && isBlock) {
      this.#endSilent(at);
    }
  }

  #endSilent(at: number): void {
    if (this.#silent) {
      const { name, piece, start } = this.#silent;
      this.#findings.leaveOut(piece, start, at);
      this.#silent = null;
      this.#blockStart = piece === "hidden" && this.#isInline(name) ? this.#blockStart : at;
    }
  }

  /** Ends the block before the tag of a block element; `<br>` ends a line. */
  #boundary(name: string, start: number): void {
    if (name === "br") {
      this.#block.gap("\n");
    } else if (!this.#isInline(name)) {
      this.#endBlock(start);
    }
  }

  #isInline(name: string): boolean {
    return (this.#isXml ? inlineInXml : inlineElements).has(name);
  }

  #openTag(name: string, end: number): void {
    if (!this.#isInline(name) && name !== "br") {
      this.#blockStart = this.#tagStart;
      this.#piece = pieceOf(name, this.#isXml);
    }
    this.#block.leaveOut("tag", this.#tagStart, end);
  }

  #endBlock(end: number): void {
    this.#findings.add(this.#block, this.#piece, this.#blockStart, end);
    this.#block = new BlockBuilder(this.#text);
    this.#blockStart = end;
    this.#piece = this.#isXml ? "value" : "paragraph";
  }
}

function pieceOf(name: string, isXml: boolean): "paragraph" | "heading" | "listItem" | "cell" | "value" {
  if (/^h[1-6]$/.test(name)) {
    return "heading";
  }
  if (cells.has(name)) {
    return "cell";
  }
  return name === "li" ? "listItem" : isXml ? "value" : "paragraph";
}
