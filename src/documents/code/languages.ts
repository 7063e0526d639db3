import type { CodeLanguageName } from "../../common/documentNames";
import { cEscapes, type Escapes, jumpingEscapes, luaEscapes, noEscapes, onlyBefore, pythonEscapes } from "../escapes";
import {
  braces,
  type CodeLanguage,
  character,
  command,
  dollar,
  double,
  doubled,
  numberSign,
  openDouble,
  raw,
  type StringForm,
  single,
  triple,
} from "./forms";
import { slashLanguages } from "./slashLanguages";

const hash = { line: ["#"], block: [] } as const;
/** A number sign that is part of a word or an expansion opens no comment. */
const shellHash = { line: ["(?<![^\\s;&|(])#"], block: [] } as const;
const rawPython: Escapes = { ...onlyBefore(""), lead: "\\" };
/** `$(…)` and `${…}` in one line. */
const expansion = /\$\([^()\n]*\)|\$\{[^{}\n]*\}/g;
const interpolation = /#\{[^{}\n]*\}/g;

function pythonString(prefix: string, mark: string, escapes: Escapes, hasHoles: boolean): StringForm {
  return {
    open: `(?<![\\w])(?:${prefix})${mark}`,
    close: mark,
    escapes,
    isMultiline: mark.length > 1,
    isDocumentation: mark.length > 1 && !hasHoles,
    ...(hasHoles ? { holes: [braces] } : {}),
  };
}

const pythonStrings = ['"""', "'''", '"', "'"].flatMap((mark) => [
  pythonString("[rR][fFtT]|[fFtT][rR]", mark, rawPython, true),
  pythonString("[rR][bB]?|[bB][rR]", mark, rawPython, false),
  pythonString("[fFtT]", mark, pythonEscapes, true),
  pythonString("[uU]|[bB]", mark, pythonEscapes, false),
  { ...pythonString("", mark, pythonEscapes, false), open: mark },
]);

/** A comment of whole lines between two words at the start of a line. */
const lines = (open: string, close: string): StringForm => ({
  ...raw(`(?<![^\\n])${open}\\b[^\\n]*`, `\n${close}`),
  isComment: true,
});

/** How comments and strings look in every language; a new one is one entry here and its names in `common/documentNames.ts`. */
export const codeLanguages: Readonly<Record<CodeLanguageName, CodeLanguage>> = {
  ...slashLanguages,
  Python: { ...hash, strings: pythonStrings, documentationMark: ":" },
  PHP: {
    line: ["//", "#(?!\\[)"],
    block: [["/*", "*/"]],
    strings: [
      { ...raw("\\?>", "<?"), isSkipped: true, reachesEnd: true },
      { ...single, isMultiline: true, escapes: onlyBefore("'\\") },
      { ...openDouble, holes: [{ open: "{$", close: "}" }] },
    ],
    heredoc: {
      open: "(?<indent><<<)[ \\t]*(?<quote>[\"']?)(?<tag>[A-Za-z_]\\w*)[\"']?",
      escapes: cEscapes,
      hole: /\{\$[^{}\n]*\}/g,
    },
    startsAt: "<?",
  },
  Ruby: {
    ...hash,
    hasRegex: true,
    strings: [
      lines("=begin", "=end"),
      { ...openDouble, holes: [numberSign] },
      { ...single, isMultiline: true, escapes: onlyBefore("'\\") },
    ],
    heredoc: {
      open: "<<(?<indent>[-~]?)(?<quote>[\"'`]?)(?<tag>[A-Z_]\\w*)[\"'`]?",
      escapes: cEscapes,
      hole: interpolation,
    },
  },
  Perl: {
    ...shellHash,
    hasRegex: true,
    strings: [
      lines("=(?:pod|head\\d|over|item|begin|for|encoding)", "=cut"),
      openDouble,
      { ...single, isMultiline: true, escapes: onlyBefore("'\\") },
    ],
    heredoc: {
      open: "<<(?<indent>~?)(?<quote>[\"']?)(?<tag>[A-Za-z_]\\w*)[\"']?",
      escapes: cEscapes,
      hole: expansion,
    },
  },
  R: {
    ...hash,
    documentationMark: "'",
    strings: [
      raw('(?<!\\w)[rR]"(-*)\\(', ')$1"'),
      raw("(?<!\\w)[rR]'(-*)\\(", ")$1'"),
      openDouble,
      { ...single, isMultiline: true },
    ],
    passed: ["`[^`\\n]*`"],
  },
  Shell: {
    ...shellHash,
    commentsInHoles: true,
    strings: [
      { ...single, open: "\\$'", isMultiline: true },
      {
        ...double,
        isMultiline: true,
        escapes: { ...onlyBefore('"\\$`'), joinsLines: "line" },
        holes: [command, dollar],
      },
      raw("'", "'"),
    ],
    passed: ["\\\\[\\s\\S]", "<<<"],
    heredoc: {
      open: "<<(?<indent>-?)[ \\t]*(?<quote>[\"'\\\\]?)(?<tag>[A-Za-z_]\\w*)[\"']?",
      escapes: { ...onlyBefore("\\$`"), joinsLines: "line" },
      hole: expansion,
    },
  },
  PowerShell: {
    line: ["#"],
    block: [["<#", "#>"]],
    strings: [
      { ...raw('@"[ \\t]*\\n', '\n"@'), escapes: { ...cEscapes, lead: "`", numbers: [] }, holes: [command] },
      raw("@'[ \\t]*\\n", "\n'@"),
      {
        ...openDouble,
        doubles: true,
        escapes: { ...cEscapes, lead: "`", numbers: [] },
        holes: [command],
      },
      doubled("'"),
    ],
  },
  SQL: {
    line: ["--", "(?<![^\\n])[ \\t]*#"],
    block: [["/*", "*/"]],
    strings: [
      { ...openDouble, open: "(?<!\\w)[eE]'", close: "'", doubles: true },
      doubled("'"),
      raw("\\$(\\w{0,60})\\$", "$$1$"),
    ],
    passed: ['"(?:[^"]|"")*"', "`[^`]*`"],
  },
  Lua: {
    line: ["--(?!\\[=*\\[)"],
    block: [],
    strings: [
      { ...raw("--\\[(=*)\\[", "]$1]"), isComment: true },
      raw("\\[(=*)\\[", "]$1]"),
      { ...double, escapes: luaEscapes },
      { ...single, escapes: luaEscapes },
    ],
  },
  Haskell: {
    // Two hyphens with another symbol behind them are an operator.
    line: ["--+(?![!#$%&*+./<=>?@\\\\^|~:-])"],
    block: [["{-", "-}"]],
    nests: true,
    documentationMark: "[ ]?[|^](?=\\s)",
    strings: [triple('"', cEscapes), double],
    passed: ["\\w'+", character],
  },
  Elixir: {
    line: ["#"],
    block: [],
    strings: [
      { ...triple('"', cEscapes), isTextBlock: true, holes: [numberSign] },
      { ...openDouble, holes: [numberSign] },
      { ...single, isMultiline: true, holes: [numberSign] },
    ],
    passed: ["\\?\\\\?[^\\s\\w]", "\\w'"],
  },
  Julia: {
    line: ["#(?!=)"],
    block: [["#=", "=#"]],
    nests: true,
    strings: [
      { ...triple('"', cEscapes), isTextBlock: true, holes: [command] },
      { ...openDouble, holes: [command] },
    ],
    passed: ["[\\w)\\]]'", character],
  },
  Lisp: {
    line: [";"],
    block: [["#|", "|#"]],
    nests: true,
    strings: [openDouble],
    passed: ["\\\\[^\\s]"],
  },
  TOML: {
    ...hash,
    strings: [triple('"', jumpingEscapes), triple("'", noEscapes), double, raw("'", "'", false)],
  },
  Gettext: { line: ["(?<![^\\n])#[.:,|~]?"], block: [], strings: [double] },
  Makefile: { ...shellHash, strings: [double] },
  Terraform: {
    line: ["//", "#"],
    block: [["/*", "*/"]],
    strings: [{ ...double, holes: [dollar] }],
    heredoc: { open: "<<(?<indent>-?)(?<quote>)(?<tag>[A-Za-z_]\\w*)", escapes: noEscapes, hole: expansion },
  },
  "Visual Basic": {
    line: ["'", "(?<![^\\n:])[ \\t]*[rR][eE][mM]\\b"],
    block: [],
    documentationMark: "''",
    hasTags: true,
    strings: [doubled('"', false)],
  },
  MATLAB: {
    line: ["%"],
    block: [],
    strings: [
      { ...raw("(?<![^\\n])[ \\t]*%\\{[ \\t]*\\n", "%}"), isComment: true },
      double,
      { ...doubled("'", false), open: "(?<![\\w)\\]}'.])'" },
    ],
  },
};
