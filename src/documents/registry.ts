import type { DocumentKind } from "../common/reading";
import { codeReader } from "./code/code";
import { csvReader, tsvReader } from "./delimited";
import { jsonReader } from "./json";
import { latexReader } from "./latex";
import { logReader } from "./log";
import { markdownReader } from "./markdown";
import { htmlReader, xmlReader } from "./markup";
import { notebookReader } from "./notebook";
import { plainReader } from "./plain";
import { iniReader, propertiesReader } from "./properties";
import type { DocumentReader } from "./reader";
import { restructuredTextReader } from "./restructuredText";
import { subtitlesReader } from "./subtitles";
import { yamlReader } from "./yaml";

/** What reads each kind of document; the compiler checks that none is missing. */
export const readers: Readonly<Record<DocumentKind, DocumentReader>> = {
  markdown: markdownReader,
  restructuredtext: restructuredTextReader,
  html: htmlReader,
  xml: xmlReader,
  latex: latexReader,
  json: jsonReader,
  yaml: yamlReader,
  csv: csvReader,
  tsv: tsvReader,
  ini: iniReader,
  properties: propertiesReader,
  notebook: notebookReader,
  code: codeReader,
  log: logReader,
  subtitles: subtitlesReader,
  plain: plainReader,
};
