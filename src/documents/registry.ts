import type { DocumentKind } from "../common/reading";
import { codeLanguage, codeReader } from "./code/code";
import { csvReader, tsvReader } from "./delimited";
import { jsonReader } from "./json";
import { latexReader } from "./latex";
import { logReader } from "./log";
import { markdownReader } from "./markdown";
import { htmlReader, xmlReader } from "./markup";
import { plainReader } from "./plain";
import type { DocumentReader } from "./reader";
import { restructuredTextReader } from "./restructuredText";
import { subtitlesReader } from "./subtitles";
import { yamlReader } from "./yaml";

/** A reader and the names of languages and extensions it is for. */
interface Entry {
  readonly reader: DocumentReader;
  readonly names: string;
}

/** What reads each kind of document; the compiler checks that none is missing. */
const entries: Readonly<Record<DocumentKind, Entry>> = {
  markdown: {
    reader: markdownReader,
    names: "markdown md mkd markdown-math mdx qmd quarto rmd prompt instructions chatagent",
  },
  restructuredtext: { reader: restructuredTextReader, names: "restructuredtext rst rest" },
  html: { reader: htmlReader, names: "html htm xhtml vue vue-html svelte handlebars hbs razor astro" },
  xml: { reader: xmlReader, names: "xml xsl xsd svg rss atom tei docbook dbk xlf xliff tmx" },
  latex: { reader: latexReader, names: "latex tex ltx" },
  json: { reader: jsonReader, names: "json jsonc jsonl ndjson json5 geojson code-workspace" },
  yaml: { reader: yamlReader, names: "yaml yml" },
  csv: { reader: csvReader, names: "csv dynamic-csv" },
  tsv: { reader: tsvReader, names: "tsv tab" },
  code: { reader: codeReader, names: "" },
  log: { reader: logReader, names: "log" },
  subtitles: { reader: subtitlesReader, names: "subtitles srt vtt subrip webvtt" },
  plain: { reader: plainReader, names: "plain plaintext txt text asciidoc adoc git-commit scminput" },
};

function isKind(name: string): name is DocumentKind {
  return Object.hasOwn(entries, name);
}

const byName = new Map<string, DocumentKind>(
  Object.entries(entries).flatMap(([kind, { names }]) =>
    isKind(kind)
      ? names
          .split(" ")
          .filter(Boolean)
          .map((name) => [name, kind] as const)
      : [],
  ),
);

/** What a document is, and what its language is called by the reader of source code. */
export interface Recognised {
  readonly kind: DocumentKind;
  readonly language: string;
}

/** What a document is by its language or, where that says nothing, by its path; `null` where neither does. */
export function recognise(language: string, path: string): Recognised | null {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  // Editors without an extension for a language take its files for plain text.
  const byLanguage = named(language.toLowerCase());
  return byLanguage && byLanguage.kind !== "plain" ? byLanguage : (named(extension) ?? byLanguage);
}

function named(name: string): Recognised | null {
  const kind = byName.get(name);
  if (kind) {
    return { kind, language: name };
  }
  return codeLanguage(name) ? { kind: "code", language: name } : null;
}

/** What reads a kind of document. */
export function readerOf(kind: DocumentKind): DocumentReader {
  return entries[kind].reader;
}
