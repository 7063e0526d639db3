import { Tokenizer, type TokenizerCallbacks } from "htmlparser2";
import { type Message, message } from "../common/message";
import { BlockBuilder } from "./block";
import type { DocumentReader, Findings, Source } from "./reader";

/** HTML as a page shows it: entities resolved, blocks apart, without scripts and styles. */
export const htmlReader: DocumentReader = {
  name: "HTML",
  atCursor: "sentence",
  read({ text }: Source, findings: Findings): Message | null {
    return htmlBlocks(text, 0, text.length, findings);
  },
};

/** The text of XML's elements; every element but a few that mark words in running text is a block. */
export const xmlReader: DocumentReader = {
  name: "XML",
  atCursor: "sentence",
  read({ text }: Source, findings: Findings): Message | null {
    return new MarkupReader(text, 0, text.length, findings, true).read();
  },
};

/** Reads a stretch of HTML that stands in a document. */
export function htmlBlocks(text: string, start: number, end: number, findings: Findings): Message | null {
  return new MarkupReader(text, start, end, findings, false).read();
}

/** Elements that stand in a line of text. */
const inline = new Set(
  "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr output q rp rt ruby s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);
/** The same in XML, where other names are those of values as often as not. */
const inlineInXml = new Set("b i em strong sub sup span u small tt emph hi italic bold".split(" "));
/** Elements without text for a reader. */
const silent = new Set(["script", "style", "noembed", "noframes", "iframe", "xmp", "template"]);
const cells = new Set(["td", "th"]);

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
  #silent: { readonly name: string; readonly start: number; depth: number } | null = null;
  #preserved = 0;
  #name = "";
  #openTags: string[] = [];
  #malformed: Message | null = null;
  #tagStart = 0;

  constructor(text: string, start: number, end: number, findings: Findings, isXml: boolean) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#findings = findings;
    this.#isXml = isXml;
    this.#block = new BlockBuilder(text);
    this.#blockStart = start;
  }

  read(): Message | null {
    const tokenizer = new Tokenizer({ xmlMode: this.#isXml, decodeEntities: true }, this);
    tokenizer.write(this.#text.slice(this.#start, this.#end));
    tokenizer.end();
    this.#endBlock(this.#end);
    if (this.#isXml && this.#openTags.length > 0) {
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
      this.#silent = { name, start: this.#tagStart, depth: 1 };
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
    if (this.#silent) {
      this.#silent.depth -= this.#silent.name === name ? 1 : 0;
      if (this.#silent.depth === 0) {
        this.#findings.leaveOut("script", this.#silent.start, start);
        this.#silent = null;
        this.#blockStart = start;
      }
      return;
    }
    if (this.#isXml && this.#openTags.pop() !== name) {
      this.#malformed ??= message("The end tag {0} does not belong to the last element that was opened.", name);
    }
    if (name === "pre" || name === "textarea" || name === "listing") {
      this.#preserved = Math.max(0, this.#preserved - 1);
    }
    this.#boundary(name, start);
    this.#block.leaveOut("tag", start, this.#start + to + 1);
  }

  oncomment(from: number, to: number): void {
    if (!this.#silent) {
      this.#block.leaveOut("comment", this.#start + from, this.#start + to);
    }
  }

  onend(): void {}
  onattribdata(): void {}
  onattribentity(): void {}
  onattribend(): void {}
  onattribname(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}

  /** Ends the block before the tag of a block element; `<br>` ends a line. */
  #boundary(name: string, start: number): void {
    if (name === "br") {
      this.#block.gap("\n");
    } else if (!this.#isInline(name)) {
      this.#endBlock(start);
    }
  }

  #isInline(name: string): boolean {
    return (this.#isXml ? inlineInXml : inline).has(name);
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
