import type { CodeLanguageName } from "../../common/documentNames";
import { cEscapes, type Escapes, noEscapes, onlyBefore, pythonEscapes } from "../escapes";

/** A form of string, or of what only looks like one. */
export interface StringForm {
  /** What opens it, as a regular expression. */
  readonly open: string;
  /** What closes it; `$1` is the opener's group. */
  readonly close: string;
  readonly escapes: Escapes;
  /** May go on in the next line. */
  readonly isMultiline?: boolean;
  /** The closing mark doubled stands for itself. */
  readonly doubles?: boolean;
  /** What opens and closes an expression inside; a doubled brace stands for itself where the opener is one. */
  readonly hole?: { readonly open: string; readonly close: string };
  /** No text: a character, a regular expression, a name. */
  readonly isSkipped?: boolean;
  /** A text of several lines whose first line is empty and whose indentation is none of the text. */
  readonly isTextBlock?: boolean;
  /** Documentation where nothing stands before it on its line. */
  readonly isDocumentation?: boolean;
}

/** How comments and strings are written in a language. */
export interface CodeLanguage {
  /** What opens a comment up to the line's end, as regular expressions. */
  readonly line: readonly string[];
  readonly block: readonly (readonly [string, string])[];
  readonly nests?: boolean;
  readonly strings: readonly StringForm[];
  /** A solidus may open a regular expression. */
  readonly hasRegex?: boolean;
}

const double: StringForm = { open: '"', close: '"', escapes: cEscapes };
const single: StringForm = { open: "'", close: "'", escapes: cEscapes };
/** `'a'`, `'\n'`: a character is no text, and an apostrophe alone, as of a lifetime or a long number, opens nothing. */
const character: StringForm = {
  open: "'(?=(?:[^'\\\\\\n]{1,2}|\\\\[^\\n][^'\\n]{0,10})')",
  close: "'",
  escapes: cEscapes,
  isSkipped: true,
};
const raw = (open: string, close: string, isMultiline = true): StringForm => ({
  open,
  close,
  escapes: noEscapes,
  isMultiline,
});
const doubled = (mark: string, isMultiline = true): StringForm => ({ ...raw(mark, mark, isMultiline), doubles: true });
const triple = (mark: string, escapes: Escapes): StringForm => ({
  open: mark.repeat(3),
  close: mark.repeat(3),
  escapes,
  isMultiline: true,
});
const dollar = { open: "${", close: "}" };
const braces = { open: "{", close: "}" };

const slashes = { line: ["//"], block: [["/*", "*/"]] } as const;
const hash = { line: ["#"], block: [] } as const;
/** A number sign that is part of a word or an expansion opens no comment. */
const shellHash = { line: ["(?<![^\\s;&|(])#"], block: [] } as const;
const rawPython: Escapes = { ...onlyBefore(""), lead: "\\" };

function pythonString(prefix: string, mark: string, escapes: Escapes, hasHoles: boolean): StringForm {
  return {
    open: `(?<![\\w])(?:${prefix})${mark}`,
    close: mark,
    escapes,
    isMultiline: mark.length > 1,
    isDocumentation: mark.length > 1,
    ...(hasHoles ? { hole: braces } : {}),
  };
}

const pythonStrings = ['"""', "'''", '"', "'"].flatMap((mark) => [
  pythonString("[rR][fF]|[fF][rR]", mark, rawPython, true),
  pythonString("[rR][bB]?|[bB][rR]", mark, rawPython, false),
  pythonString("[fF]", mark, pythonEscapes, true),
  pythonString("[uU]|[bB]", mark, pythonEscapes, false),
  { ...pythonString("", mark, pythonEscapes, false), open: mark },
]);

/** How comments and strings look in every language; a new one is one entry here and its names in `common/documentNames.ts`. */
export const codeLanguages: Readonly<Record<CodeLanguageName, CodeLanguage>> = {
  JavaScript: {
    ...slashes,
    strings: [double, single, { open: "`", close: "`", escapes: cEscapes, isMultiline: true, hole: dollar }],
    hasRegex: true,
  },
  Python: { ...hash, strings: pythonStrings },
  Java: {
    ...slashes,
    strings: [{ ...triple('"', cEscapes), isTextBlock: true }, double, character],
  },
  "C++": {
    ...slashes,
    strings: [
      { open: '(?<!\\w)(?:u8|[uUL])?R"([^()\\\\\\s]{0,16})\\(', close: ')$1"', escapes: noEscapes, isMultiline: true },
      { ...double, open: '#[ \\t]*include[ \\t]*"', isSkipped: true },
      { ...double, open: '(?:(?<!\\w)(?:u8|[uUL]))?"' },
      character,
    ],
  },
  Rust: {
    ...slashes,
    nests: true,
    strings: [
      raw('(?<!\\w)[bc]?r(#{0,255})"', '"$1'),
      { ...double, open: '(?:(?<!\\w)[bc])?"', isMultiline: true },
      character,
    ],
  },
  Go: { ...slashes, strings: [raw("`", "`"), double, character] },
  "C#": {
    ...slashes,
    strings: [
      raw('\\$*("{3,})', "$1"),
      { ...doubled('"'), open: '(?:\\$@|@\\$)"', hole: braces },
      { ...doubled('"'), open: '@"' },
      { ...double, open: '\\$"', hole: braces },
      double,
      character,
    ],
  },
  Kotlin: {
    ...slashes,
    nests: true,
    strings: [{ ...triple('"', noEscapes), hole: dollar }, { ...double, hole: dollar }, character],
  },
  Swift: {
    ...slashes,
    nests: true,
    strings: [
      { ...triple('"', cEscapes), hole: { open: "\\(", close: ")" }, isTextBlock: true },
      { ...double, hole: { open: "\\(", close: ")" } },
    ],
  },
  Dart: {
    ...slashes,
    nests: true,
    strings: [triple('"', cEscapes), triple("'", cEscapes), { ...double, hole: dollar }, { ...single, hole: dollar }],
  },
  PHP: {
    line: ["//", "#(?!\\[)"],
    block: [["/*", "*/"]],
    strings: [
      { ...single, isMultiline: true, escapes: onlyBefore("'\\") },
      { ...double, isMultiline: true, hole: { open: "{$", close: "}" } },
    ],
  },
  Ruby: {
    ...hash,
    strings: [
      { ...double, isMultiline: true, hole: { open: "#{", close: "}" } },
      { ...single, isMultiline: true, escapes: onlyBefore("'\\") },
    ],
  },
  Perl: {
    ...shellHash,
    strings: [
      { ...double, isMultiline: true },
      { ...single, isMultiline: true, escapes: onlyBefore("'\\") },
    ],
  },
  Shell: {
    ...shellHash,
    strings: [
      { ...single, open: "\\$'", isMultiline: true },
      { ...double, isMultiline: true, escapes: { ...onlyBefore('"\\$`'), joinsLines: true } },
      raw("(?<!\\\\)'", "'"),
    ],
  },
  PowerShell: {
    line: ["#"],
    block: [["<#", "#>"]],
    strings: [
      {
        ...double,
        isMultiline: true,
        escapes: { ...cEscapes, lead: "`", numbers: [] },
        hole: { open: "$(", close: ")" },
      },
      doubled("'"),
    ],
  },
  SQL: {
    line: ["--"],
    block: [["/*", "*/"]],
    strings: [doubled("'"), { ...doubled('"'), isSkipped: true }],
  },
  Lua: {
    line: ["--(?!\\[=*\\[)"],
    block: [["--[[", "]]"]],
    strings: [raw("\\[(=*)\\[", "]$1]"), double, single],
  },
  Haskell: {
    line: ["--"],
    block: [["{-", "-}"]],
    nests: true,
    strings: [double, character],
  },
  Elixir: {
    line: ["#(?!=)"],
    block: [["#=", "=#"]],
    strings: [triple('"', cEscapes), { ...double, isMultiline: true, hole: { open: "#{", close: "}" } }, character],
  },
  Lisp: {
    line: [";"],
    block: [["#|", "|#"]],
    strings: [{ ...double, isMultiline: true }],
  },
  CSS: { line: [], block: [["/*", "*/"]], strings: [double, single] },
  SCSS: { ...slashes, strings: [double, single] },
  TOML: {
    ...hash,
    strings: [triple('"', cEscapes), { ...triple("'", noEscapes) }, double, raw("'", "'", false)],
  },
  INI: { line: ["(?<![^\\n])[ \\t]*[;#]"], block: [], strings: [] },
  Makefile: {
    ...shellHash,
    strings: [double],
  },
  "Protocol Buffers": {
    ...slashes,
    strings: [double],
  },
  Terraform: {
    line: ["//", "#"],
    block: [["/*", "*/"]],
    strings: [{ ...double, hole: dollar }],
  },
  "Visual Basic": { line: ["'"], block: [], strings: [doubled('"', false)] },
  MATLAB: { line: ["%"], block: [], strings: [double] },
};
