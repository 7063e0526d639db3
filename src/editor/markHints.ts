import * as vscode from "vscode";
import { marksOf } from "../common/prediction/registry";
import type { Controller } from "./controller";
import { isStale } from "./explained";
import { rangeOf } from "./offsets";
import { locateIn } from "./render";

/** Writes the names of what a prediction marks behind it, as hints: the editor wraps these with the text, which it does not do with words of decorations. */
export class MarkHints implements vscode.InlayHintsProvider, vscode.Disposable {
  readonly #controller: Pick<Controller, "shown" | "all" | "onDidChange">;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeInlayHints = this.#changed.event;
  #said = "";

  constructor(controller: Pick<Controller, "shown" | "all" | "onDidChange">) {
    this.#controller = controller;
    this.#disposables = [this.#changed, controller.onDidChange(() => this.#update())];
  }

  provideInlayHints(document: vscode.TextDocument, shown: vscode.Range): vscode.InlayHint[] {
    return this.#controller.shown(document.uri).flatMap((explained) => {
      const { explanation } = explained;
      const locate = locateIn(explained, document.uri);
      const marks = explanation && !isStale(explained) ? marksOf(explanation) : [];
      return marks.flatMap(({ label, ...span }) => {
        const place = locate({ ...span, segment: 0 });
        const range = place && rangeOf(document, place);
        if (!range || !shown.contains(range.end)) {
          return [];
        }
        const hint = new vscode.InlayHint(range.end, label, vscode.InlayHintKind.Type);
        hint.paddingLeft = true;
        return [hint];
      });
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  /** The editor asks again after edits by itself. */
  #update(): void {
    const now = JSON.stringify(
      this.#controller.all.map((explained) => [
        explained.id,
        isStale(explained),
        explained.explanation ? marksOf(explained.explanation) : [],
      ]),
    );
    if (now !== this.#said) {
      this.#said = now;
      this.#changed.fire();
    }
  }
}
