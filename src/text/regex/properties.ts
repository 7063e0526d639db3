import { unsupportedTokenizer } from "../json";
import { type CharSet, complement, setOfClass, union } from "./charSet";

/** What Oniguruma takes for part of a word; unlike the other library of the Python package, without join controls. */
const wordClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

/** POSIX names and Ruby's own that JavaScript calls otherwise. */
const properties: ReadonlyMap<string, string> = new Map([
  ["alnum", "\\p{Alphabetic}\\p{Nd}"],
  ["alpha", "\\p{Alphabetic}"],
  ["ascii", "\\x00-\\x7f"],
  ["blank", "\\p{Zs}\\t"],
  ["cntrl", "\\p{Cc}"],
  ["digit", "\\p{Nd}"],
  ["lower", "\\p{Lowercase}"],
  ["punct", "\\p{P}"],
  ["space", "\\p{White_Space}"],
  ["upper", "\\p{Uppercase}"],
  ["word", wordClass],
  ["xdigit", "0-9A-Fa-f"],
  ["any", "\\p{Any}"],
  ["assigned", "\\p{Assigned}"],
]);

const posixNames = new Set("alnum alpha ascii blank cntrl digit lower punct space upper word xdigit".split(" "));

/** Longer names are not quoted in full. */
const longestQuote = 40;

/** The set of `[:name:]`; throws `tokenizer-unsupported`. */
export function posixSet(name: string): CharSet {
  const known = posixNames.has(name) ? properties.get(name) : undefined;
  if (known === undefined) {
    throw unsupportedTokenizer(`[:${name.slice(0, longestQuote)}:] in a regular expression`);
  }
  // Only between brackets do symbols count as punctuation.
  return setOfClass(name === "punct" ? "\\p{P}\\p{S}" : known);
}

/** The set of a property by its name as Oniguruma knows it; throws `tokenizer-unsupported`. */
export function propertySet(name: string): CharSet {
  const plain = name.trim();
  const known = properties.get(plain.toLowerCase());
  if (known !== undefined) {
    return setOfClass(known);
  }
  const spelling = plain.replace(/[ -]/g, "_");
  for (const candidate of [spelling, `Script=${spelling}`]) {
    const inside = `\\p{${candidate}}`;
    if (/^\w{1,40}(=\w{1,40})?$/.test(candidate) && isSetOfCharacters(inside)) {
      return setOfClass(inside);
    }
  }
  throw unsupportedTokenizer(`\\p{${name.slice(0, longestQuote)}} in a regular expression`);
}

/** Whether JavaScript knows a property, and not as one of whole strings. */
function isSetOfCharacters(inside: string): boolean {
  try {
    return new RegExp(`[^${inside}]`, "v") instanceof RegExp;
  } catch {
    return false;
  }
}

/** The set of an escape such as `\s`, by its small letter. */
export function escapedSet(letter: string): CharSet {
  switch (letter) {
    case "s":
      return setOfClass("\\p{White_Space}");
    case "d":
      return setOfClass("\\p{Nd}");
    case "h":
      return setOfClass("0-9A-Fa-f");
    default:
      return setOfClass(wordClass);
  }
}

/** What `\w` and `\b` mean outside a class: also the superscript digits and fractions of Latin-1. */
export function bareWordSet(): CharSet {
  return union(escapedSet("w"), setOfClass("\\xb2\\xb3\\xb9\\xbc-\\xbe"));
}

/** `set`, or all others. */
export function maybeNot(set: CharSet, negated: boolean): CharSet {
  return negated ? complement(set) : set;
}
