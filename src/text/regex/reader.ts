import { unsupportedTokenizer } from "../json";
import type { CharSet } from "./charSet";
import type { NamedSets } from "./namedSets";
import { escapedSet, maybeNot } from "./properties";

const controls: ReadonlyMap<string, number> = new Map([
  ["t", 9],
  ["n", 10],
  ["v", 11],
  ["f", 12],
  ["r", 13],
  ["a", 7],
  ["e", 27],
]);

/** Reads an expression from left to right. */
export class Reader {
  private index = 0;

  constructor(
    private readonly source: string,
    readonly sets: NamedSets,
  ) {}

  atEnd(): boolean {
    return this.index >= this.source.length;
  }

  /** The next character, empty at the end. */
  peek(): string {
    return this.atEnd() ? "" : String.fromCodePoint(this.source.codePointAt(this.index) ?? 0);
  }

  /** Takes the next character; throws `tokenizer-unsupported` at the end. */
  next(): string {
    const character = this.peek();
    if (character === "") {
      throw unsupportedTokenizer("a regular expression that ends too early");
    }
    this.index += character.length;
    return character;
  }

  /** Takes a string if it comes next. */
  take(expected: string): boolean {
    const found = this.source.startsWith(expected, this.index);
    this.index += found ? expected.length : 0;
    return found;
  }

  /** Takes what a sticky expression matches here. */
  takeMatch(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.index;
    const match = sticky.exec(this.source);
    this.index += match?.[0].length ?? 0;
    return match;
  }

  /** Takes an escape that stands for many characters, such as `\s` or `\p{L}`; `null` if none. */
  takeSet(): CharSet | null {
    const simple = this.takeMatch(/\\([sSdDwWhH])/y)?.[1];
    if (simple !== undefined) {
      const small = simple.toLowerCase();
      return this.sets.use(maybeNot(escapedSet(small), simple !== small));
    }
    const property = this.takeMatch(/\\([pP])\{(\^?)([^}]*)\}/y);
    if (!property) {
      return null;
    }
    const [, letter, caret, name = ""] = property;
    return this.sets.property(name, (letter === "P") !== (caret === "^"));
  }

  /** Takes an escape that stands for one character and gives its code point; throws `tokenizer-unsupported`. */
  takeEscapedCharacter(): number {
    const coded = this.takeMatch(/\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|(0[0-7]{0,2}))/y);
    if (coded) {
      const [whole, braced, hex, unit, octal] = coded;
      const code = octal === undefined ? Number.parseInt(braced ?? hex ?? unit ?? "", 16) : Number.parseInt(octal, 8);
      // A byte above 7F on its own is no UTF-8.
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || (hex !== undefined && code > 0x7f)) {
        throw unsupportedTokenizer(`${whole} in a regular expression`);
      }
      return code;
    }
    this.take("\\");
    const character = this.next();
    const control = controls.get(character);
    if (control !== undefined) {
      return control;
    }
    if (/^[A-Za-z0-9]$/.test(character)) {
      throw unsupportedTokenizer(`\\${character} in a regular expression`);
    }
    return character.codePointAt(0) ?? 0;
  }
}
