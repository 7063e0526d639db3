import type { SyntaxNodeRef } from "@lezer/common";
import { GFM, parser } from "@lezer/markdown";
import { decodeHTML } from "entities";
import { formatCount } from "../common/format";
import { type Message, message } from "../common/message";
import type { Piece } from "../common/reading";
import { BlockBuilder, type LeftOut } from "./block";
import { markdownAsides } from "./markdownAsides";
import { markdownChunks } from "./markdownChunks";
import { htmlBlocks } from "./markup";
import type { DocumentReader, Findings, Source } from "./reader";

const markdown = parser.configure([GFM]);

/** A stretch without a blank line that is longer than this, or has more marks, is no prose, and takes the parser long. */
const longestChunk = 100_000;
const mostMarks = 3000;

/** Markdown with GitHub's tables, strikethrough, task lists and bare addresses: prose as a page shows it, tables cell by cell. */
export const markdownReader: DocumentReader = {
  name: "Markdown",
  atCursor: "sentence",
  read(source: Source, findings: Findings): Message | null {
    for (const { start, end, isFrontMatter } of markdownChunks(source.text)) {
      if (start > source.end || findings.isFull) {
        break;
      }
      if (isFrontMatter) {
        findings.leaveOut("frontMatter", start, end);
      } else if (findings.wants(start, end)) {
        if (end - start > longestChunk) {
          return message("A paragraph has more than {0} characters.", formatCount(longestChunk));
        }
        if ((source.text.slice(start, end).match(/[[*_`~<!&$]|(?:^|\n)[ \t]*[>+-]|> /g)?.length ?? 0) > mostMarks) {
          return message("A paragraph has more than {0} marks.", formatCount(mostMarks));
        }
        new ChunkReader(source.text, start, end, findings).read();
      }
    }
    return null;
  },
};

/** Nodes whose text is a block. */
const leafPieces: Readonly<Record<string, Piece>> = {
  Paragraph: "paragraph",
  Task: "listItem",
  TableCell: "cell",
  SetextHeading1: "heading",
  SetextHeading2: "heading",
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`ATXHeading${level}`, "heading" as const])),
};

/** Reads one stretch of Markdown that can be understood without the rest. */
class ChunkReader {
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #findings: Findings;
  #block: BlockBuilder | null = null;
  /** Up to where the current block has been read. */
  #at = 0;
  /** What the parser takes for text, and is none, from the place on. */
  #asides: LeftOut[] = [];
  /** The links around the place, innermost last. */
  readonly #links: { readonly end: number; readonly hasAddress: boolean }[] = [];

  constructor(text: string, start: number, end: number, findings: Findings) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#findings = findings;
  }

  read(): void {
    const tree = markdown.parse(this.#text.slice(this.#start, this.#end));
    const inItem: boolean[] = [];
    tree.iterate({
      enter: (node) => {
        if (leafPieces[node.name] && !this.#block) {
          this.#block = new BlockBuilder(this.#text);
          this.#at = this.#start + node.from;
          this.#asides = markdownAsides(this.#text.slice(this.#at, this.#start + node.to), this.#at);
          return true;
        }
        if (node.name === "ListItem" || node.name === "Blockquote") {
          inItem.push(node.name === "ListItem");
        }
        return this.#block ? this.#inline(node, this.#block) : this.#between(node);
      },
      leave: (node) => {
        const piece = leafPieces[node.name];
        if (piece && this.#block) {
          const end = this.#start + node.to;
          this.#words(end, this.#block);
          const isItem = piece === "paragraph" && inItem.at(-1) === true;
          this.#findings.add(this.#block, isItem ? "listItem" : piece, this.#start + node.from, end);
          this.#block = null;
        } else if (node.name === "ListItem" || node.name === "Blockquote") {
          inItem.pop();
        }
      },
    });
  }

  /** What stands between blocks; `false` where nothing inside is looked at. */
  #between({ name, from, to }: SyntaxNodeRef): boolean {
    const start = this.#start + from;
    const end = this.#start + to;
    if (name === "FencedCode" || name === "CodeBlock") {
      this.#findings.leaveOut("codeBlock", start, end);
      return false;
    }
    if (name === "LinkReference") {
      this.#findings.leaveOut("linkAddress", start, end);
      return false;
    }
    if (name === "HTMLBlock") {
      htmlBlocks(this.#text, start, end, this.#findings);
      return false;
    }
    if (name.endsWith("Mark") || name === "TableDelimiter" || name === "HorizontalRule") {
      this.#findings.leaveOut("mark", start, end);
    }
    return true;
  }

  #inline(node: SyntaxNodeRef, block: BlockBuilder): boolean {
    const start = this.#start + node.from;
    const end = this.#start + node.to;
    if (start < this.#at || this.#asides.some((aside) => aside.start <= start && start < aside.end)) {
      return false;
    }
    if (node.name === "Link" || node.name === "Image") {
      const hasAddress = node.node.getChild("URL") !== null || node.node.getChild("LinkLabel") !== null;
      this.#links.push({ end, hasAddress });
      return true;
    }
    const slice = this.#text.slice(start, end);
    switch (node.name) {
      case "LinkMark":
        return this.#linkMark(slice, start, end, block);
      case "URL":
      case "LinkTitle":
        return false;
      case "Entity":
        this.#skip(start, end, block).put(decodeHTML(slice), start, end);
        return false;
      case "Escape":
        this.#skip(start, end, block).put(slice.slice(1), start, end);
        return false;
      case "HardBreak":
        this.#skip(start, end, block).gap("\n");
        return false;
      case "HTMLTag":
        this.#skip(start, end, block).leaveOut("tag", start, end);
        if (/^<br\b/i.test(slice)) {
          block.gap("\n");
        }
        return false;
      case "Comment":
      case "ProcessingInstruction":
        this.#skip(start, end, block);
        return false;
      default:
        if (/(?:Mark|Marker)$/.test(node.name)) {
          this.#skip(start, end, block).leaveOut("mark", start, end);
        }
        return true;
    }
  }

  /** Brackets of a link with an address are marks, and what follows its text is left out; others, and those of bare addresses, are text or marks. */
  #linkMark(slice: string, start: number, end: number, block: BlockBuilder): boolean {
    while ((this.#links.at(-1)?.end ?? end) < end) {
      this.#links.pop();
    }
    const link = this.#links.at(-1);
    if (link?.hasAddress && slice === "]") {
      this.#skip(start, link.end, block).leaveOut("linkAddress", start, link.end);
    } else if (link?.hasAddress || slice === "<" || slice === ">" || slice === "![") {
      this.#skip(start, end, block).leaveOut("mark", start, end);
    }
    return false;
  }

  /** Takes the text before `start`, and goes on behind `end`. */
  #skip(start: number, end: number, block: BlockBuilder): BlockBuilder {
    this.#words(start, block);
    this.#at = end;
    return block;
  }

  #words(end: number, block: BlockBuilder): void {
    for (let aside = this.#asides[0]; aside && aside.start < end; aside = this.#asides[0]) {
      if (aside.start >= this.#at) {
        block.words(this.#at, aside.start);
        block.leaveOut(aside.piece, aside.start, aside.end);
        if (aside.piece === "mark" && /^[.,;:!?)]/.test(this.#text.slice(aside.end, aside.end + 1))) {
          block.join();
        }
        this.#at = aside.end;
      }
      this.#asides.shift();
    }
    block.words(this.#at, end);
  }
}
