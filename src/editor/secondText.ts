import { basename } from "node:path/posix";
import * as vscode from "vscode";
import { shortened } from "../common/cleanWords";
import { askRemembered } from "./asking";
import type { Engine } from "./engine";
import type { TextPlace } from "./explained";
import { spanOf } from "./offsets";
import { placeOf, readStretch, type Selected } from "./selection";
import { pickFrom } from "./surfaceLists";
import type { Translate } from "./translate";

/** Code points of a text in a list. */
const longestName = 60;

/** A second text, and where it stands; `null` where the person wrote it. */
export interface SecondText {
  readonly text: string;
  readonly place: TextPlace | null;
}

/** What asking needs of its surroundings. */
interface AskParts {
  readonly engine: Engine;
  /** What is remembered for the workspace. */
  readonly memory: vscode.Memento;
  readonly translate: Translate;
}

/** Asks which text belongs to a selected one: what is selected in another editor, or one that is written into a box. `undefined` where the person gives none. */
export async function askSecondText(
  editor: vscode.TextEditor,
  first: Selected,
  { engine, memory, translate }: AskParts,
): Promise<SecondText | undefined> {
  const written = { label: translate("Write it…"), source: null };
  const items = [...selectedElsewhere(editor), written];
  const title = translate("Second text, beside “{0}”", shortened(first.read.text, longestName));
  const chosen =
    items.length > 1 ? await pickFrom(items, { title, placeholder: translate("Choose the second text") }) : written;
  if (!chosen) {
    return undefined;
  }
  if (chosen.source) {
    const { document, span } = chosen.source;
    const [found] = await readStretch(document, span, engine, false);
    return found && { text: found.read.text, place: placeOf(document, found) };
  }
  const prompt = translate("The model reads it together with the selected text.");
  const text = await askRemembered(memory, { key: "pair", title, prompt });
  return text === undefined ? undefined : { text, place: null };
}

/** What is selected in the other editors that can be seen. */
function selectedElsewhere(editor: vscode.TextEditor) {
  return vscode.window.visibleTextEditors
    .filter((other) => other !== editor && !other.selection.isEmpty && other.document.uri.scheme !== "output")
    .map(({ document, selection }) => ({
      label: shortened(document.getText(selection).replace(/\s+/gu, " ").trim(), longestName),
      description: basename(document.uri.path),
      source: { document, span: spanOf(document, selection) },
    }))
    .filter(({ label }) => label !== "");
}
