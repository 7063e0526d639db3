import type { DocumentKind } from "./reading";

/** What the languages and the extensions of each kind of document are called. */
const kindNames: Readonly<Record<Exclude<DocumentKind, "code">, string>> = {
  markdown: "markdown md mkd markdown-math mdx qmd quarto rmd prompt instructions chatagent",
  restructuredtext: "restructuredtext rst rest",
  html: "html htm xhtml vue vue-html svelte handlebars hbs razor astro",
  xml: "xml xsl xsd svg rss atom tei docbook dbk xlf xliff tmx",
  latex: "latex tex ltx",
  json: "json jsonc jsonl ndjson json5 geojson code-workspace",
  yaml: "yaml yml",
  csv: "csv dynamic-csv",
  tsv: "tsv tab",
  ini: "ini",
  properties: "properties",
  notebook: "notebook ipynb jupyter",
  log: "log",
  subtitles: "subtitles srt vtt subrip webvtt",
  plain: "plain plaintext txt text asciidoc adoc git-commit scminput",
};

/** The same for languages of source code. */
const codeNames = {
  JavaScript: "javascript javascriptreact js mjs cjs jsx typescriptreact tsx",
  TypeScript: "typescript ts mts cts",
  Python: "python py pyi pyw cython starlark",
  Java: "java",
  "C++": "c cpp cuda-cpp objective-c objective-cpp h hh hpp hxx cc cxx cu m mm",
  Rust: "rust rs",
  Go: "go",
  "C#": "csharp cs fsharp fs",
  Kotlin: "kotlin kt kts scala sc groovy gradle",
  Swift: "swift",
  Dart: "dart",
  PHP: "php",
  Ruby: "ruby rb",
  Perl: "perl pl pm",
  R: "r",
  Shell: "shellscript sh bash zsh ksh fish",
  PowerShell: "powershell ps1 psm1",
  SQL: "sql mysql pgsql plsql",
  Lua: "lua",
  Haskell: "haskell hs elm",
  Elixir: "elixir ex exs",
  Julia: "julia jl",
  Lisp: "clojure clj cljs lisp scheme scm el",
  CSS: "css",
  SCSS: "scss less sass",
  TOML: "toml",
  Gettext: "po pot gettext",
  Makefile: "makefile mk dockerfile dockercompose cmake ignore graphql",
  "Protocol Buffers": "proto proto3 zig d verilog systemverilog solidity sol glsl hlsl wgsl",
  Terraform: "terraform tf hcl",
  "Visual Basic": "vb vbs bas",
  MATLAB: "matlab erlang erl",
} as const;

/** A language of source code whose comments and strings are known. */
export type CodeLanguageName = keyof typeof codeNames;

/** What a document is; of source code, the language. */
export type Recognised =
  | { readonly kind: Exclude<DocumentKind, "code"> }
  | { readonly kind: "code"; readonly language: CodeLanguageName };

const byName = new Map<string, Recognised>();

function add(names: string, recognised: Recognised): void {
  for (const name of names.split(" ")) {
    byName.set(name, recognised);
  }
}

for (const [kind, names] of Object.entries(kindNames)) {
  if (isNamedKind(kind)) {
    add(names, { kind });
  }
}
for (const [language, names] of Object.entries(codeNames)) {
  if (isCodeLanguage(language)) {
    add(names, { kind: "code", language });
  }
}

function isNamedKind(name: string): name is keyof typeof kindNames {
  return Object.hasOwn(kindNames, name);
}

function isCodeLanguage(name: string): name is CodeLanguageName {
  return Object.hasOwn(codeNames, name);
}

/** What a kind, a language or an extension is the name of; `null` for other names. */
export function named(name: string): Recognised | null {
  return byName.get(name.toLowerCase()) ?? null;
}

/** What a document is by its language or, where that says nothing, by its path; `null` where neither does. */
export function recognise(language: string, path: string): Recognised | null {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1] ?? "";
  const byLanguage = named(language);
  // As text, editors take a notebook for what it is written in.
  if (byLanguage?.kind === "json" && named(extension)?.kind === "notebook") {
    return named(extension);
  }
  // Editors without an extension for a language take its files for plain text.
  return byLanguage && byLanguage.kind !== "plain" ? byLanguage : (named(extension) ?? byLanguage);
}
