import { unsupportedTokenizer } from "./json";

/** Reads an Oniguruma expression from left to right. */
export interface OnigReader {
  atEnd(): boolean;
  /** The next character, empty at the end. */
  peek(): string;
  /** Takes the next character; throws `tokenizer-unsupported` at the end. */
  next(): string;
  /** Takes a string if it comes next. */
  take(expected: string): boolean;
  /** Takes what a sticky expression matches here. */
  takeMatch(sticky: RegExp): RegExpExecArray | null;
  /** Takes an escape that stands for many characters, such as `\s` or `\p{L}`, as the inside of a JavaScript class; `null` if none. */
  takeSet(): string | null;
  /** Takes an escape that stands for one character and gives its code point; throws `tokenizer-unsupported`. */
  takeEscapedCharacter(): number;
}

/** What Oniguruma takes for part of a word; unlike the other library of the Python package, without join controls. */
export const onigWordClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

const sets: Readonly<Record<string, string>> = {
  s: "\\p{White_Space}",
  S: "\\P{White_Space}",
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  w: onigWordClass,
  W: `[^${onigWordClass}]`,
  h: "0-9A-Fa-f",
  H: "[^0-9A-Fa-f]",
};

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };

/** POSIX names and Ruby's own that JavaScript calls otherwise. */
const properties: Readonly<Record<string, string>> = {
  alnum: "\\p{Alphabetic}\\p{Nd}",
  alpha: "\\p{Alphabetic}",
  ascii: "\\x00-\\x7f",
  blank: "\\p{Zs}\\t",
  cntrl: "\\p{Cc}",
  digit: "\\p{Nd}",
  lower: "\\p{Lowercase}",
  punct: "\\p{P}\\p{S}",
  space: "\\p{White_Space}",
  upper: "\\p{Uppercase}",
  word: onigWordClass,
  xdigit: "0-9A-Fa-f",
  any: "\\p{Any}",
  assigned: "\\p{Assigned}",
};

/** Opens an expression for reading. */
export function openReader(source: string): OnigReader {
  let index = 0;
  const reader: OnigReader = {
    atEnd: () => index >= source.length,
    peek: () => (index < source.length ? String.fromCodePoint(source.codePointAt(index) ?? 0) : ""),
    next() {
      const character = reader.peek();
      if (character === "") {
        throw unsupportedTokenizer("a regular expression that ends too early");
      }
      index += character.length;
      return character;
    },
    take(expected) {
      const found = source.startsWith(expected, index);
      index += found ? expected.length : 0;
      return found;
    },
    takeMatch(sticky) {
      sticky.lastIndex = index;
      const match = sticky.exec(source);
      index += match?.[0].length ?? 0;
      return match;
    },
    takeSet() {
      const simple = reader.takeMatch(/\\([sSdDwWhH])/y);
      if (simple) {
        return sets[simple[1] ?? ""] ?? "";
      }
      const property = reader.takeMatch(/\\([pP])\{(\^?)([^}]*)\}/y);
      if (!property) {
        return null;
      }
      const [, letter, caret, name = ""] = property;
      return translateProperty(name, (letter === "P") !== (caret === "^"));
    },
    takeEscapedCharacter() {
      const coded = reader.takeMatch(
        /\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|(0[0-7]{0,2}))/y,
      );
      if (coded) {
        const code =
          coded[4] === undefined
            ? Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? "", 16)
            : Number.parseInt(coded[4], 8);
        if (code > 0x10ffff) {
          throw unsupportedTokenizer(`${coded[0]} in a regular expression`);
        }
        return code;
      }
      reader.take("\\");
      const character = reader.next();
      const control = controls[character];
      if (control !== undefined) {
        return control;
      }
      if (/^[A-Za-z0-9]$/.test(character)) {
        throw unsupportedTokenizer(`\\${character} in a regular expression`);
      }
      return character.codePointAt(0) ?? 0;
    },
  };
  return reader;
}

/** The inside of a JavaScript class for a property name as Oniguruma knows it; throws `tokenizer-unsupported`. */
export function translateProperty(name: string, negated: boolean): string {
  const plain = name.trim();
  const lower = plain.toLowerCase();
  const known = Object.hasOwn(properties, lower) ? properties[lower] : undefined;
  if (known !== undefined) {
    return negated ? `[^${known}]` : known;
  }
  const spelling = plain.replace(/[ -]/g, "_");
  for (const candidate of [spelling, `Script=${spelling}`]) {
    const source = `\\${negated ? "P" : "p"}{${candidate}}`;
    if (/^[\w=]+$/.test(candidate) && isValid(`[${source}]`)) {
      return source;
    }
  }
  throw unsupportedTokenizer(`\\p{${name}} in a regular expression`);
}

function isValid(source: string): boolean {
  try {
    return new RegExp(source, "v") instanceof RegExp;
  } catch {
    return false;
  }
}
