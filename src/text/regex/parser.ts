import { unsupportedTokenizer } from "../json";
import { holds } from "./analysis";
import { hasManyLetterCase, holdsManyLetterCase } from "./caseFolding";
import { type CharSet, complement, everySet, rangeSet } from "./charSet";
import { readClass } from "./classParser";
import { Groups } from "./groups";
import type { NamedSets } from "./namedSets";
import { bareWordSet, maybeNot } from "./properties";
import { isInvalidTarget, readQuantifier } from "./quantifier";
import { Reader } from "./reader";
import type { Anchor, Node, Syntax } from "./syntax";

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
}

/** Longer expressions (UTF-16 units) are refused. */
const longestExpression = 4096;

/** How deep groups may be nested, and how many quantifiers may follow each other. */
const deepest = 64;
const mostQuantifiers = 8;

/** How many letters one character may stand for when case is ignored. */
const mostLettersOfOne = 3;

const anchors: ReadonlyMap<string, Anchor> = new Map([
  ["A", "textStart"],
  ["z", "textEnd"],
  ["Z", "lastLineEnd"],
  ["G", "searchStart"],
  ["b", "word"],
  ["B", "notWord"],
]);

const noLineFeed = complement(rangeSet(10));

/**
 * Parses an expression of the Oniguruma library in its own syntax, as the Python tokenizers read it. Throws `tokenizer-unsupported`,
 * naming the construct, for what is not supported, and when the steps of `sets` run out.
 */
export function parseExpression(source: string, sets: NamedSets): Syntax {
  if (source.length > longestExpression) {
    throw unsupportedTokenizer(`a regular expression of more than ${longestExpression} characters`);
  }
  return new Parser(new Reader(source, sets)).parse();
}

function setNode(set: CharSet, literal: string | null = null): Node {
  return { type: "set", set, literal };
}

class Parser {
  private readonly groups = new Groups();
  private depth = 0;

  constructor(private readonly reader: Reader) {}

  parse(): Syntax {
    const root = this.alternatives({ ignoreCase: false, dotAll: false });
    if (!this.reader.atEnd()) {
      throw unsupportedTokenizer(`a regular expression with an unmatched ${this.reader.peek()}`);
    }
    return { root, referenced: this.groups.resolve() };
  }

  private alternatives(flags: Flags): Node {
    if (++this.depth > deepest) {
      throw unsupportedTokenizer("a regular expression nested this deep");
    }
    const { reader } = this;
    const options: Node[] = [];
    let items: Node[] = [];
    while (!reader.atEnd() && reader.peek() !== ")") {
      const switched = reader.takeMatch(/\(\?([imx]*)(?:-([imx]+))?\)/y);
      if (reader.takeMatch(/\(\?#[^)]*\)/y)) {
        continue;
      }
      if (switched) {
        // Holds until the end of the group, alternatives included: a(?i)b|c is a(?i:b|c).
        items.push(this.alternatives(withFlags(flags, switched[1] ?? "", switched[2] ?? "")));
      } else if (reader.take("|")) {
        options.push(sequence(items));
        items = [];
      } else {
        items.push(this.quantified(flags));
      }
    }
    options.push(sequence(items));
    this.depth--;
    const [only] = options;
    return only && options.length === 1 ? only : { type: "choice", options };
  }

  private quantified(flags: Flags): Node {
    let node = this.atom(flags);
    for (let count = 0; ; count++) {
      const quantifier = readQuantifier(this.reader);
      if (!quantifier) {
        return node;
      }
      if (count === mostQuantifiers) {
        throw unsupportedTokenizer(`a regular expression with more than ${mostQuantifiers} quantifiers in a row`);
      }
      if (isInvalidTarget(node)) {
        throw unsupportedTokenizer("a regular expression that repeats a place");
      }
      node = { type: "repeat", body: node, ...quantifier };
    }
  }

  private atom(flags: Flags): Node {
    const { reader } = this;
    switch (reader.peek()) {
      case "(":
        return this.group(flags);
      case "[":
        return setNode(readClass(reader, flags.ignoreCase));
      case "\\":
        return this.escape(flags);
      case "{":
        if (reader.takeMatch(/\{(?:\d+,?\d*|,\d+)\}/y)) {
          throw unsupportedTokenizer("a regular expression with nothing before braces");
        }
        break;
      case "*":
      case "+":
      case "?":
        throw unsupportedTokenizer(`a regular expression with nothing before ${reader.peek()}`);
    }
    const character = reader.next();
    switch (character) {
      case ".":
        return setNode(flags.dotAll ? everySet : noLineFeed);
      case "^":
        return { type: "anchor", kind: "lineStart" };
      case "$":
        return { type: "anchor", kind: "lineEnd" };
      default:
        return this.literal(character, flags);
    }
  }

  private literal(character: string, { ignoreCase }: Flags): Node {
    const set = rangeSet(character.codePointAt(0) ?? 0);
    if (!ignoreCase) {
      return setNode(set);
    }
    const cases = this.reader.sets.withCases(set);
    if (hasManyLetterCase(cases)) {
      throw unsupportedTokenizer(`a regular expression that ignores the case of ${character}`);
    }
    return setNode(cases, character);
  }

  private group(flags: Flags): Node {
    const { reader } = this;
    const opening = reader.takeMatch(/\((?:\?(?:(<?[=!])|(>)|:|([imx]+|(?=-))(?:-([imx]+))?:|<([A-Za-z_]\w*)>))?/y);
    const [head = "", look, atomic, on, off, name] = opening ?? [];
    if (reader.peek() === "?" || reader.peek() === "*") {
      throw unsupportedTokenizer("a group of an unknown kind in a regular expression");
    }
    const captures = head === "(" || name !== undefined;
    const open = captures ? this.groups.open(name ?? null) : null;
    const body = this.alternatives(withFlags(flags, on ?? "", off ?? ""));
    if (!reader.take(")")) {
      throw unsupportedTokenizer("a regular expression with an open group");
    }
    if (open) {
      return this.groups.close(open, body);
    }
    if (look !== undefined) {
      return lookNode(look, body);
    }
    if (on !== undefined) {
      // Unlike a plain one, Oniguruma keeps a group with options apart from its surroundings.
      return { type: "group", name: null, captures: false, body };
    }
    return atomic === undefined ? body : { type: "atomic", body };
  }

  private escape(flags: Flags): Node {
    const { reader } = this;
    const word = reader.takeMatch(/\\([wW])/y)?.[1];
    if (word !== undefined) {
      return setNode(maybeNot(bareWordSet(), word === "W"));
    }
    const set = reader.takeSet();
    if (set !== null) {
      return setNode(set);
    }
    const anchor = anchors.get(reader.takeMatch(/\\([AzZGbB])/y)?.[1] ?? "");
    if (anchor) {
      return { type: "anchor", kind: anchor };
    }
    if (reader.takeMatch(/\\R/y)) {
      return lineBreak();
    }
    const any = reader.takeMatch(/\\([NO])/y)?.[1];
    if (any !== undefined) {
      return setNode(any === "O" ? everySet : noLineFeed);
    }
    const reference = reader.takeMatch(/\\(?:([1-9]\d*)|k<(-?\d+|[A-Za-z_]\w*)>)/y);
    if (reference) {
      if (flags.ignoreCase) {
        throw unsupportedTokenizer("a back-reference that ignores case in a regular expression");
      }
      return this.groups.refer(reference[1] ?? reference[2] ?? "");
    }
    return this.literal(String.fromCodePoint(reader.takeEscapedCharacter()), flags);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  if (on.includes("x")) {
    throw unsupportedTokenizer("a regular expression in extended form");
  }
  return {
    ignoreCase: (flags.ignoreCase || on.includes("i")) && !off.includes("i"),
    dotAll: (flags.dotAll || on.includes("m")) && !off.includes("m"),
  };
}

function lookNode(opening: string, body: Node): Node {
  const behind = opening.startsWith("<");
  const negative = opening.endsWith("!");
  if (
    behind &&
    holds(
      body,
      (node) => (node.type === "look" && !node.behind) || (negative && node.type === "group" && node.captures),
    )
  ) {
    throw unsupportedTokenizer("a regular expression with a look-ahead or a group inside a look-behind");
  }
  return { type: "look", behind, negative, body };
}

/** `\R`: never the carriage return alone of a pair. */
function lineBreak(): Node {
  const pair: Node = { type: "sequence", items: [setNode(rangeSet(13)), setNode(rangeSet(10))] };
  const single = setNode([10, 14, 0x85, 0x86, 0x2028, 0x202a]);
  return { type: "atomic", body: { type: "choice", options: [pair, single] } };
}

function sequence(parts: readonly Node[]): Node {
  const items = parts.flatMap((part) => (part.type === "sequence" ? part.items : part.type === "empty" ? [] : [part]));
  let letters = "";
  for (const item of items) {
    const literal = item.type === "set" ? item.literal : null;
    letters = literal === null ? "" : (letters + literal).slice(-mostLettersOfOne);
    if (letters.length > 1 && holdsManyLetterCase(letters)) {
      throw unsupportedTokenizer("a regular expression that ignores the case of letters such as ss");
    }
  }
  const [only] = items;
  return items.length === 0 ? { type: "empty" } : only && items.length === 1 ? only : { type: "sequence", items };
}
