import * as vscode from "vscode";
import { marksOf } from "../common/prediction/registry";
import type { Controller } from "./controller";
import { type Decorations, type Drawing, emptyDrawing } from "./decorations";
import { type Explained, hasOwnColours, isStale, locator, placesOf } from "./explained";
import { rangeOf } from "./offsets";
import { dimBucket, paintPlan, type TextSpan, tokenSpans } from "./paint";
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
    const painted: Drawing["painted"][number][] = [];
    const stale: vscode.Range[] = [];
    const masked: vscode.Range[] = [];
    const marks: vscode.Range[] = [];
    for (const explained of shown) {
      const { explanation } = explained;
      const here = placesOf(explained, document.uri).filter(({ place: { tracked } }) => tracked.start < tracked.end);
      if (!explanation || here.length === 0) {
        continue;
      }
      const isOld = isStale(explained);
      const locate = locateIn(explained, document.uri);
      const plan = paintPlan(explanation, {
        importance: settings.showImportance ? settings.importanceMethod : null,
        own: settings.showImportance && hasOwnColours(explained),
        attention: settings.showAttention ? settings.attentionMethod : null,
        perClass: settings.perClass,
      });
      for (const span of plan) {
        const place = locate(span);
        if (place) {
          const importance = isOld ? dimBucket(span.importance) : span.importance;
          const own = isOld ? dimBucket(span.own) : span.own;
          painted.push({ range: range(place), importance, own, attention: isOld ? 0 : span.attention });
        }
      }
      masked.push(
        ...tokenSpans(explanation, explanation.masked)
          .flatMap((span) => locate(span) ?? [])
          .map(range),
      );
      for (const span of isOld ? [] : marksOf(explanation)) {
        const place = locate({ ...span, segment: 0 });
        if (place) {
          marks.push(range(place));
        }
      }
      if (isOld) {
        stale.push(...here.map(({ place }) => range(place.tracked)));
      }
    }
    return {
      painted,
      stale,
      masked,
      marks,
      highlighted: this.#highlighted(document, shown, range),
    };
  }

  #highlighted(
    document: vscode.TextDocument,
    shown: readonly Explained[],
    range: (span: Span) => vscode.Range,
  ): vscode.Range[] {
    const highlight = this.#highlight;
    const explanation = highlight?.explained.explanation;
    if (!highlight || !explanation || !shown.includes(highlight.explained)) {
      return [];
    }
    const locate = locateIn(highlight.explained, document.uri);
    return tokenSpans(explanation, highlight.tokens)
      .flatMap((span) => locate(span) ?? [])
      .map(range);
  }
}

/** Where stretches of an explanation's texts are in one document; `null` for those of a text that stands elsewhere. */
export function locateIn(explained: Explained, uri: vscode.Uri): (span: TextSpan) => Span | null {
  const places = new Map(placesOf(explained, uri).map(({ segment }) => [segment, locator(explained, segment)]));
  return (span) => places.get(span.segment)?.(span) ?? null;
}
