import type { BlockBuilder } from "./block";

/** How a language writes characters in strings. */
export interface Escapes {
  /** The character that escapes, or none. */
  readonly lead: "\\" | "`" | null;
  /** What letters after it stand for; any other character after it stands for itself. */
  readonly letters: Readonly<Record<string, string>>;
  /** Forms with a number: what follows the lead, as a regular expression whose first group is the number, and its base. */
  readonly numbers: readonly (readonly [RegExp, 8 | 10 | 16])[];
  /** Whether the lead before a letter that has no meaning is text too, as in Python. */
  readonly keepsUnknown: boolean;
  /** Whether the lead before a line end takes both away, and the white space behind them too. */
  readonly joinsLines: "line" | "white" | false;
}

const cLetters = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", a: "\x07", e: "\x1b", "0": "\0" };

/** Four digits, with a second half where the first is the first half of a pair. */
const pair = /u([dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})/y;
const short = /u([0-9a-fA-F]{4})/y;
const braces = /u\{([0-9a-fA-F]{1,6})\}/y;
const long = /U([0-9a-fA-F]{8})/y;
const byte = /x([0-9a-fA-F]{2})/y;
const octal = /([0-7]{1,3})/y;
const decimal = /(\d{1,3})/y;
/** One white space behind the digits only ends them. */
const ended = /([\da-fA-F]{1,6})[ \t\n\f]?/y;

/** The escapes of JSON. */
export const jsonEscapes: Escapes = {
  lead: "\\",
  letters: { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" },
  numbers: [
    [pair, 16],
    [short, 16],
  ],
  keepsUnknown: false,
  joinsLines: "line",
};

/** The escapes of YAML between double quotation marks. */
export const yamlEscapes: Escapes = {
  lead: "\\",
  letters: { ...cLetters, N: "\u0085", _: "\u00a0", L: "\u2028", P: "\u2029", "\t": "\t" },
  numbers: [
    [pair, 16],
    [short, 16],
    [long, 16],
    [byte, 16],
  ],
  keepsUnknown: false,
  joinsLines: "line",
};

/** The escapes of C and of most languages that came after it. */
export const cEscapes: Escapes = {
  lead: "\\",
  letters: cLetters,
  numbers: [
    [pair, 16],
    [short, 16],
    [braces, 16],
    [long, 16],
    [byte, 16],
    [octal, 8],
  ],
  keepsUnknown: false,
  joinsLines: "line",
};

/** The escapes of languages where an escaped line end takes what the next line starts with away. */
export const jumpingEscapes: Escapes = { ...cEscapes, joinsLines: "white" };

/** Lua's, whose numbers are decimal. */
export const luaEscapes: Escapes = {
  ...cEscapes,
  numbers: [
    [braces, 16],
    [byte, 16],
    [decimal, 10],
  ],
};

/** Those of style sheets. */
export const cssEscapes: Escapes = {
  lead: "\\",
  letters: {},
  numbers: [[ended, 16]],
  keepsUnknown: false,
  joinsLines: "line",
};

/** Python's, where a reverse solidus before any other letter is text. */
export const pythonEscapes: Escapes = {
  ...cEscapes,
  letters: { ...cLetters, "\\": "\\", "'": "'", '"': '"' },
  keepsUnknown: true,
};

/** A reverse solidus before certain characters only; before others it is text. */
export function onlyBefore(characters: string, lead: "\\" | "`" = "\\"): Escapes {
  const letters = Object.fromEntries([...characters].map((character) => [character, character]));
  return { lead, letters, numbers: [], keepsUnknown: true, joinsLines: false };
}

/** No escapes at all. */
export const noEscapes: Escapes = { lead: null, letters: {}, numbers: [], keepsUnknown: false, joinsLines: false };

/** Adds one escape that starts at `at` to a block, and returns where it ends; `limit` is where the string ends. */
export function addEscape(text: string, at: number, limit: number, escapes: Escapes, block: BlockBuilder): number {
  if (escapes.joinsLines && text[at + 1] === "\n" && at + 2 <= limit) {
    const white = escapes.joinsLines === "white" ? /\s*/y : /(?:)/y;
    white.lastIndex = at + 2;
    white.test(text);
    return Math.min(limit, white.lastIndex);
  }
  for (const [form, base] of escapes.numbers) {
    form.lastIndex = at + 1;
    const digits = form.exec(text)?.[1];
    if (digits !== undefined && form.lastIndex <= limit) {
      block.put(character(digits, base), at, form.lastIndex);
      return form.lastIndex;
    }
  }
  const next = at + 1 < limit ? String.fromCodePoint(text.codePointAt(at + 1) ?? 0) : "";
  const end = at + 1 + next.length;
  const meant = Object.hasOwn(escapes.letters, next) ? escapes.letters[next] : undefined;
  if (meant === undefined && escapes.keepsUnknown) {
    block.copy(at, end);
    return end;
  }
  block.put(meant ?? next, at, end);
  return end;
}

function character(digits: string, base: 8 | 10 | 16): string {
  const [first = "", second] = digits.split("\\u");
  const code = Number.parseInt(first, base);
  if (second !== undefined) {
    return String.fromCharCode(code, Number.parseInt(second, base));
  }
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}
