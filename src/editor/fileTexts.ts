import * as path from "node:path";
import type * as vscode from "vscode";
import { recognise } from "../common/documentNames";
import { ExplainError } from "../common/errors";
import { formatCount } from "../common/format";
import { maximumRecordCharacters } from "../lists/lineReader";
import { type ListKindName, listKindOf, listKindOfDocument, listKinds, usualField } from "../lists/textList";
import type { Engine } from "./engine";
import { textOf } from "./offsets";
import { pickFrom } from "./surfaceLists";
import type { Translate } from "./translate";

/** The texts of a document, or of a column or field of it. */
export interface FileTexts {
  /** Names document and column as a person would. */
  readonly source: string;
  /** Each text, or why there is none. */
  readonly texts: readonly (string | ExplainError)[];
}

/**
 * Reads all texts of a document as the command line does: a line, a column or a field each, of which the person chooses one where there are several; of other kinds of
 * documents their passages. `null` where the person chooses none. Throws `text-empty` where there is no text, `text-too-long` for a document of passages that is too
 * long, and what its list's reader throws.
 */
export async function readFileTexts(
  document: vscode.TextDocument,
  engine: Pick<Engine, "request">,
  translate: Translate,
): Promise<FileTexts | null> {
  const name = path.posix.basename(document.uri.path);
  const whole = textOf(document);
  const kind = kindOf(document);
  const read = kind ? await readList(kind, whole, name, translate) : await readPassages(document, whole, name, engine);
  if (read?.texts.length === 0) {
    throw new ExplainError("text-empty", "There is no text in {0}. Check the file.", name);
  }
  return read;
}

function kindOf({ uri, languageId }: vscode.TextDocument): ListKindName | null {
  const recognised = recognise(languageId, uri.path);
  return listKindOf(uri.path) ?? (recognised && listKindOfDocument(recognised.kind));
}

async function readList(
  kind: ListKindName,
  whole: string,
  name: string,
  translate: Translate,
): Promise<FileTexts | null> {
  const { parts, names, reader } = listKinds[kind];
  const field = parts && (await chooseField(names(whole), translate));
  if (field === undefined) {
    return null;
  }
  const list = reader({ field, pair: null, rationale: null });
  const texts = [...list.push(whole), ...list.end()].map(({ text }) => text);
  const words = {
    column: translate("{0}, column {1}", name, field ?? ""),
    field: translate("{0}, field {1}", name, field ?? ""),
  };
  return { source: parts ? words[parts] : name, texts };
}

/** The part of each record that is read: the only one there is, or the one that the person chooses, {@link usualField} first; `undefined` where none is chosen. */
async function chooseField(names: readonly string[], translate: Translate): Promise<string | undefined> {
  const [only = usualField] = names;
  if (names.length <= 1) {
    return only;
  }
  const sorted = names.toSorted((a, b) => Number(isUsual(b)) - Number(isUsual(a)));
  const picked = await pickFrom(
    sorted.map((label) => ({ label, name: label })),
    { title: translate("Which column or field has the texts?"), placeholder: translate("Each record is one text") },
  );
  return picked?.name;
}

function isUsual(name: string): boolean {
  return name.trim().toLowerCase() === usualField;
}

async function readPassages(
  { languageId, uri }: vscode.TextDocument,
  text: string,
  name: string,
  engine: Pick<Engine, "request">,
): Promise<FileTexts> {
  if (text.length > maximumRecordCharacters) {
    throw new ExplainError(
      "text-too-long",
      "The document has more than {0} characters. Split it.",
      formatCount(maximumRecordCharacters),
    );
  }
  const whole = { text, offset: 0, start: 0, end: text.length, language: languageId, path: uri.path };
  const readings = await engine.request("readPassages", whole);
  return { source: name, texts: readings.map((reading) => reading.text) };
}
