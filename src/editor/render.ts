import * as vscode from "vscode";
import type { Controller } from "./controller";
import { type Decorations, type Drawing, emptyDrawing } from "./decorations";
import { type Explained, locator } from "./explained";
import { rangeOf } from "./offsets";
import { dimBucket, maskedSpans, paintPlan, trimSpan } from "./paint";
import type { Settings } from "./settings";
import type { Span } from "./trackedRange";

/** Keeps the colours of all visible editors equal to what the controller holds. */
export class Renderer implements vscode.Disposable {
  readonly #controller: Controller;
  readonly #decorations: Decorations;
  readonly #settings: () => Settings;
  readonly #disposables: vscode.Disposable[];
  #highlight: { readonly explained: Explained; readonly tokens: readonly number[] } | null = null;

  constructor(controller: Controller, decorations: Decorations, settings: () => Settings) {
    this.#controller = controller;
    this.#decorations = decorations;
    this.#settings = settings;
    this.#disposables = [
      controller.onDidChange(() => this.draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
    ];
  }

  /** Lights up tokens of an explanation until the next call; no tokens end it. */
  highlight(explained: Explained, tokens: readonly number[]): void {
    this.#highlight = tokens.length > 0 ? { explained, tokens } : null;
    this.draw();
  }

  /** Draws every visible editor again. */
  draw(): void {
    const settings = this.#settings();
    for (const editor of vscode.window.visibleTextEditors) {
      this.#decorations.draw(editor, this.#drawing(editor.document, settings));
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #drawing(document: vscode.TextDocument, settings: Settings): Drawing {
    const shown = this.#controller.shown(document.uri);
    if (shown.length === 0) {
      return emptyDrawing;
    }
    const range = (span: Span): vscode.Range => rangeOf(document, span);
    const painted: { range: vscode.Range; importance: number; attention: number }[] = [];
    const stale: vscode.Range[] = [];
    const masked: vscode.Range[] = [];
    for (const explained of shown) {
      const { explanation, tracked } = explained;
      if (!explanation || tracked.start === tracked.end) {
        continue;
      }
      const locate = locator(explained);
      const plan = paintPlan(explanation, {
        importance: settings.showImportance ? settings.importanceMethod : null,
        attention: settings.showAttention ? settings.attentionMethod : null,
        perClass: settings.perClass,
      });
      for (const span of plan) {
        const place = locate(span);
        if (place) {
          const importance = tracked.stale ? dimBucket(span.importance) : span.importance;
          painted.push({ range: range(place), importance, attention: tracked.stale ? 0 : span.attention });
        }
      }
      masked.push(
        ...maskedSpans(explanation)
          .flatMap((span) => locate(span) ?? [])
          .map(range),
      );
      if (tracked.stale) {
        stale.push(range(tracked));
      }
    }
    return {
      painted,
      stale,
      masked,
      highlighted: this.#highlighted(shown, range),
    };
  }

  #highlighted(shown: readonly Explained[], range: (span: Span) => vscode.Range): vscode.Range[] {
    const highlight = this.#highlight;
    const explanation = highlight?.explained.explanation;
    if (!highlight || !explanation || !shown.includes(highlight.explained)) {
      return [];
    }
    const locate = locator(highlight.explained);
    return highlight.tokens.flatMap((index) => {
      const token = explanation.tokens[index];
      const span = token && token.segment === 0 ? trimSpan(explanation.text, token) : null;
      const place = span && locate(span);
      return place ? [range(place)] : [];
    });
  }
}
