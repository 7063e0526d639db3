import { cEscapes, cssEscapes, jumpingEscapes, noEscapes } from "../escapes";
import {
  braces,
  type CodeLanguage,
  character,
  dollar,
  double,
  doubled,
  openDouble,
  parentheses,
  raw,
  single,
  triple,
} from "./forms";

/** Comments as in C. */
const slashes = { line: ["//"], block: [["/*", "*/"]], documentationMark: "<(?= )" } as const;
const javascript: CodeLanguage = {
  ...slashes,
  strings: [double, single, { open: "`", close: "`", escapes: cEscapes, isMultiline: true, holes: [dollar] }],
  hasRegex: true,
  commentsInHoles: true,
  // What is divided by after a name went up by one is no regular expression.
  passed: ["(?:\\+\\+|--)[ \\t]*/(?![/*])"],
};

/** How comments and strings look in languages whose comments look as in C. */
export const slashLanguages = {
  JavaScript: { ...javascript, hasElements: true },
  TypeScript: javascript,
  Java: {
    ...slashes,
    hasTags: true,
    strings: [{ ...triple('"', cEscapes), isTextBlock: true }, double],
    passed: [character],
  },
  "C++": {
    ...slashes,
    strings: [
      { open: '(?<!\\w)(?:u8|[uUL])?R"([^()\\\\\\s]{0,16})\\(', close: ')$1"', escapes: noEscapes, isMultiline: true },
      { ...double, open: '(?:(?<!\\w)(?:u8|[uUL]))?"' },
    ],
    passed: ['#[ \\t]*include[ \\t]*"[^"\\n]*"', character],
  },
  Rust: {
    ...slashes,
    nests: true,
    strings: [
      raw('(?<!\\w)[bc]?r(#{0,255})"', '"$1'),
      { ...openDouble, open: '(?:(?<!\\w)[bc])?"', escapes: jumpingEscapes },
    ],
    passed: [character],
  },
  Go: { ...slashes, strings: [raw("`", "`"), double], passed: [character] },
  "C#": {
    ...slashes,
    hasTags: true,
    strings: [
      { ...raw('\\$\\$("{3,})', "$1"), isTextBlock: true, holes: [{ open: "{{", close: "}}" }] },
      { ...raw('\\$("{3,})', "$1"), isTextBlock: true, holes: [{ open: "{", close: "}" }] },
      { ...raw('("{3,})', "$1"), isTextBlock: true },
      { ...doubled('"'), open: '(?:\\$@|@\\$)"', holes: [braces] },
      { ...doubled('"'), open: '@"' },
      { ...double, open: '\\$"', holes: [braces] },
      double,
    ],
    passed: [character],
  },
  Kotlin: {
    ...slashes,
    nests: true,
    strings: [
      { ...triple('"', noEscapes), holes: [dollar] },
      { ...double, holes: [dollar] },
    ],
    passed: [character],
  },
  Swift: {
    ...slashes,
    nests: true,
    strings: [
      { ...raw('(#+)"""', '"""$1'), isTextBlock: true },
      raw('(#+)"', '"$1', false),
      { ...triple('"', cEscapes), holes: [parentheses], isTextBlock: true },
      { ...double, holes: [parentheses] },
    ],
  },
  Dart: {
    ...slashes,
    nests: true,
    strings: [
      raw("(?<!\\w)r('''|\"\"\")", "$1"),
      raw("(?<!\\w)r(['\"])", "$1", false),
      { ...triple('"', cEscapes), holes: [dollar] },
      { ...triple("'", cEscapes), holes: [dollar] },
      { ...double, holes: [dollar] },
      { ...single, holes: [dollar] },
    ],
  },
  CSS: {
    line: [],
    block: [["/*", "*/"]],
    strings: [
      { ...double, escapes: cssEscapes },
      { ...single, escapes: cssEscapes },
    ],
    passed: ["\\burl\\([ \\t]*(?![\"'])[^)\\n]*\\)"],
  },
  SCSS: {
    ...slashes,
    strings: [
      { ...double, escapes: cssEscapes },
      { ...single, escapes: cssEscapes },
    ],
    passed: ["\\burl\\([ \\t]*(?![\"'])[^)\\n]*\\)"],
  },
  "Protocol Buffers": { ...slashes, strings: [double] },
} satisfies Readonly<Record<string, CodeLanguage>>;
