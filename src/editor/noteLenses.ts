import * as vscode from "vscode";
import { cleanText, shortened } from "../common/cleanWords";
import type { Controller } from "./controller";
import { endNote } from "./endNote";
import { type Explained, hasOwnColours, isStale, placesOf } from "./explained";
import { commandIds } from "./ids";
import { positionAt } from "./offsets";
import type { SettingsStore } from "./settingsStore";
import { type Lens, lensAbove } from "./surfaces";
import type { Translate } from "./translate";

/** Code points of a text that tell it from what else stands in its line, and from another note beside its own: the editor wraps no notes. */
const [nameLength, nameLengthBeside] = [16, 8];

/** Milliseconds after which the editor, which takes its time to ask for notes, is reminded; each time twice as many, up to the last. */
const [firstReminder, lastReminder] = [1000, 8000];

/** What the notes need from their surroundings. */
export interface NoteLensParts {
  readonly controller: Controller;
  readonly settings: SettingsStore;
  readonly translate: Translate;
}

/**
 * Says the prediction of each explained text in a line of its own above it, so that no words stand beside the person's own: nothing runs under the
 * minimap or makes the editor scroll sideways. What changes often during a run is not said here: the editor may be slow to ask for it.
 */
export class NoteLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #parts: NoteLensParts;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeCodeLenses = this.#changed.event;
  #said = "";
  /** Visible documents whose notes the editor has not asked for since they changed. */
  #owed = new Set<string>();
  #reminder: NodeJS.Timeout | undefined;

  constructor(parts: NoteLensParts) {
    this.#parts = parts;
    const update = (): void => this.#update();
    this.#disposables = [this.#changed, parts.controller.onDidChange(update), parts.settings.onDidChange(update)];
  }

  provideCodeLenses(document: vscode.TextDocument): Lens[] {
    this.#owed.delete(document.uri.toString());
    if (!this.#parts.settings.get().showNote) {
      return [];
    }
    const noted = this.#parts.controller.shown(document.uri).flatMap((explained) => {
      // One note for both texts: above the first where they share a document.
      const [first] = placesOf(explained, document.uri);
      return first ? [{ explained, at: positionAt(document, first.place.tracked.start) }] : [];
    });
    return noted.map(({ explained, at }) => {
      const beside = noted.some(({ at: other }) => other !== at && other.line === at.line);
      const words = this.#words(explained, beside);
      const before = document.lineAt(at.line).text.slice(0, at.character);
      const alone = !beside && /^[\s\p{P}\p{S}]*$/u.test(before);
      return lensAbove(at, {
        words: alone
          ? words
          : this.#parts.translate("“{0}”: {1}", textName(explained, beside ? nameLengthBeside : nameLength), words),
        command: isStale(explained) ? commandIds.explainAgain : commandIds.showPanel,
        arguments: [explained.id],
      });
    });
  }

  dispose(): void {
    clearTimeout(this.#reminder);
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #words(explained: Explained, brief: boolean): string {
    const { explanation } = explained;
    const { showImportance, importanceMethod } = this.#parts.settings.get();
    const importance = showImportance && !hasOwnColours(explained) ? importanceMethod : null;
    const source = { stale: isStale(explained), importance, brief };
    return explanation ? endNote({ explanation, ...source }, this.#parts.translate) : "";
  }

  /** The editor follows edits by itself; it is asked again only when words change, since it draws all notes anew then. */
  #update(): void {
    const { controller, settings } = this.#parts;
    const said = controller.all.map((explained) => [explained.id, this.#words(explained, false)]);
    const now = JSON.stringify([settings.get().showNote, said]);
    if (now !== this.#said) {
      this.#said = now;
      this.#owed = new Set(vscode.window.visibleTextEditors.map(({ document }) => document.uri.toString()));
      this.#fire(firstReminder);
    }
  }

  /** Asks the editor to ask, and again where it does not: it forgets that it was to when its text loses the focus meanwhile, as by a click into the panel. */
  #fire(reminder: number): void {
    clearTimeout(this.#reminder);
    this.#changed.fire();
    this.#reminder = setTimeout(() => {
      if (this.#owed.size > 0 && reminder <= lastReminder) {
        this.#fire(2 * reminder);
      }
    }, reminder);
  }
}

/** What an explained text begins with, as it was read: without escapes and marks, unless it was edited since. */
function textName({ tracked, explanation }: Explained, length: number): string {
  const text = tracked.stale ? tracked.text : (explanation?.text ?? "");
  return shortened(cleanText(text).trim(), length);
}
