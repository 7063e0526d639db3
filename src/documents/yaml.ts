import type { Tree } from "@lezer/common";
import { parser } from "@lezer/yaml";
import { formatCount } from "../common/format";
import { type Message, message } from "../common/message";
import { BlockBuilder, type Span } from "./block";
import { addEscape, yamlEscapes } from "./escapes";
import { lineEnd, lineStart, linesOf } from "./lines";
import type { DocumentReader, Findings, Source } from "./reader";

/** How far the reader looks around the place, and what it reads at once: the parser takes a second for a megabyte. */
const reach = 32_768;

/** Most brackets that may be open at once. */
const mostDepth = 200;

const strict = parser.configure({ strict: true });

/** YAML's text values: plain, in quotation marks, and blocks of lines; never the keys. */
export const yamlReader: DocumentReader = {
  name: "YAML",
  atCursor: "valueOfLine",
  read(source: Source, findings: Findings): Message | null {
    for (const part of partsOf(source.text, partAround(source))) {
      if (findings.isFull) {
        return null;
      }
      const why = readPart(source.text, part, findings);
      if (why) {
        return why;
      }
    }
    return null;
  },
};

/** A long stretch in several, each from a line without indentation on. */
function* partsOf(text: string, { start, end }: Span): Generator<Span> {
  let from = start;
  for (const line of linesOf(text, start, end)) {
    if (line.start - from >= reach && indentation(text, line.start) === 0) {
      yield { start: from, end: line.start };
      from = line.start;
    }
  }
  yield { start: from, end };
}

function readPart(text: string, part: Span, findings: Findings): Message | null {
  if (part.end - part.start > 8 * reach) {
    return message("The part has more than {0} characters.", formatCount(8 * reach));
  }
  if (isDeep(text.slice(part.start, part.end))) {
    return message("It is nested too deeply.");
  }
  let wrong: number | null = null;
  let inKey = 0;
  // Mappings and lists that are open; of a mapping its values that are asked for.
  const open: ({ key: string; readonly values: { name: string; start: number }[] } | null)[] = [];
  const tree = parsed(text.slice(part.start, part.end));
  if (typeof tree === "number") {
    return wrongAt(text, part.start + tree);
  }
  tree.iterate({
    enter: ({ name, from, to }) => {
      const start = part.start + from;
      const end = part.start + to;
      const isOpen = name === "QuotedLiteral" && (to - from < 2 || text[end - 1] !== text[start]);
      if (isOpen) {
        wrong ??= start;
      } else if (/Mapping$|Sequence$/.test(name)) {
        open.push(/Mapping$/.test(name) ? { key: "", values: [] } : null);
      } else if (name === "Key") {
        inKey++;
        findings.leaveOut("key", start, end);
      } else if (name === "Comment") {
        findings.leaveOut("comment", start, end);
      } else if (inKey === 0 && findings.wants(start, end)) {
        addScalar(text, name, { start, end }, findings);
        const own = /Literal$/.test(name) ? open.at(-1) : null;
        own?.values.push({ name: own.key, start });
      }
    },
    leave: ({ name, from, to }) => {
      inKey -= name === "Key" ? 1 : 0;
      const own = open.at(-1);
      if (own && name === "Key" && inKey === 0) {
        own.key = text.slice(part.start + from, part.start + to);
      }
      if (/Mapping$|Sequence$/.test(name)) {
        findings.enter(open.pop()?.values ?? []);
      }
    },
  });
  return wrong === null ? null : wrongAt(text, wrong);
}

/** The tree of a text, or where it is wrong: going on from there takes the parser very long. */
function parsed(text: string): Tree | number {
  try {
    return strict.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return Number(/\d+$/.exec(error.message)?.[0] ?? 0);
    }
    throw error;
  }
}

function wrongAt(text: string, place: number): Message {
  return message("Line {0} is not valid YAML.", text.slice(0, place).split("\n").length);
}

/** Whether brackets or lists stand inside each other more often than anybody writes them; the parser would take very long. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(/[[\]{}]|(?:[-?][ \t]+){50}/g)) {
    depth += mark === "[" || mark === "{" ? 1 : mark === "]" || mark === "}" ? -1 : mostDepth + 1;
    if (depth > mostDepth) {
      return true;
    }
  }
  return false;
}

/** The lines to parse: from a line without indentation before the place to one after it, or as far as the reader looks. */
function partAround({ text, start: from, end: to }: Source): Span {
  let start = lineStart(text, from);
  let least = { indent: indentation(text, start), start };
  while (least.indent > 0 && start > 0 && from - start < reach) {
    start = lineStart(text, start - 1);
    const indent = indentation(text, start);
    least = indent < least.indent ? { indent, start } : least;
  }
  let end = lineEnd(text, to);
  while (end < text.length && end - to < reach && indentation(text, end + 1) >= Math.max(1, least.indent)) {
    end = lineEnd(text, end + 1);
  }
  return { start: least.start, end };
}

/** How far a line is moved in; a blank one, a comment or one of a text in several lines is in as far as can be. */
function indentation(text: string, start: number): number {
  const found = /[ ]*(?=([^ ]?))/y;
  found.lastIndex = start;
  const match = found.exec(text);
  return match && !/^[\n\t#]?$/.test(match[1] ?? "") ? match[0].length : Number.MAX_SAFE_INTEGER;
}

function addScalar(text: string, name: string, { start, end }: Span, findings: Findings): void {
  const block = new BlockBuilder(text);
  switch (name) {
    case "QuotedLiteral":
      folded(text, { start: start + 1, end: end - 1 }, text[start] === '"' ? "double" : "single", block);
      break;
    case "Literal":
      if (isNoText(text.slice(start, end))) {
        findings.leaveOut("number", start, end);
        return;
      }
      folded(text, { start, end }, "plain", block);
      break;
    case "BlockLiteral":
      blockLines(text, { start, end }, block);
      break;
    default:
      return;
  }
  findings.add(block, "value", start, end);
}

/** Numbers, truth values and nothing, as YAML 1.2's core schema has them. */
function isNoText(value: string): boolean {
  return /^(?:[-+]?(?:\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+|0x[0-9a-fA-F]+|0o[0-7]+|\.(?:inf|nan))|true|false|null|~)$/i.test(
    value,
  );
}

/** Text in a line or several: one line end is a space, more are as many line feeds less one. */
function folded(text: string, { start, end }: Span, quotes: "double" | "single" | "plain", block: BlockBuilder): void {
  const special = quotes === "double" ? /[ \t]*\n\s*|\\/g : quotes === "single" ? /[ \t]*\n\s*|''/g : /[ \t]*\n\s*/g;
  const inside = text.slice(0, end);
  for (let at = start; at < end; ) {
    special.lastIndex = at;
    const found = special.exec(inside);
    const stop = found?.index ?? end;
    block.copy(at, stop);
    if (!found || stop === end) {
      return;
    }
    at = Math.min(end, stop + found[0].length);
    if (found[0] === "\\") {
      at = addEscape(text, stop, end, yamlEscapes, block);
      // The next line's indentation is none of the text after an escaped line end.
      at += /^\n$/.test(text.slice(stop + 1, at)) ? (/^[ \t]*/.exec(text.slice(at, end))?.[0].length ?? 0) : 0;
    } else if (found[0] === "''") {
      block.put("'", stop, at);
    } else {
      const breaks = found[0].split("\n").length - 1;
      block.put(breaks > 1 ? "\n".repeat(breaks - 1) : " ", stop, at);
    }
  }
}

/** The lines of a block after its head: kept as they are after `|`, joined after `>` unless they are moved in. */
function blockLines(text: string, { start, end }: Span, block: BlockBuilder): void {
  const head = lineEnd(text, start);
  const isFolded = text[start] === ">";
  let indent = givenIndent(text, start, head);
  let last: { readonly end: number; readonly moved: boolean } | null = null;
  let breaks = 0;
  for (const line of linesOf(text, Math.min(head + 1, end), end)) {
    breaks++;
    const spaces = /^ */.exec(text.slice(line.start, line.end))?.[0].length ?? 0;
    if (line.start + spaces >= line.end) {
      continue;
    }
    indent ??= spaces;
    const first = line.start + Math.min(indent, spaces);
    const moved = /[ \t]/.test(text[first] ?? "");
    if (last) {
      const isJoined = isFolded && !moved && !last.moved;
      const between = isJoined ? (breaks === 1 ? " " : "\n".repeat(breaks - 1)) : "\n".repeat(breaks);
      block.put(between, last.end, first);
    }
    block.copy(first, line.end);
    last = { end: line.end, moved };
    breaks = 0;
  }
}

/** The indentation that a block's head names, if it does; it counts from where the block's key stands. */
function givenIndent(text: string, start: number, head: number): number | null {
  const given = /^[|>][-+]?([1-9])/.exec(text.slice(start, head))?.[1];
  const before = /^ *(?:- +(?=[^|> ]))*/.exec(text.slice(lineStart(text, start), start))?.[0].length ?? 0;
  return given === undefined ? null : before + Number(given);
}
