import * as vscode from "vscode";
import { bucketCount } from "../common/colourScale";
import { attentionColour, importanceColour, otherColours, surpriseColour } from "./ids";
import { staleOpacity } from "./paint";

/** A colour class of the editor: an importance bucket, an attention bucket, or one of the few others. */
type DecorationKey =
  | `importance${number}`
  | `attention${number}`
  | `own${number}`
  | "stale"
  | "masked"
  | "mark"
  | "highlight";

/** Everything drawn in one editor. */
export interface Drawing {
  readonly painted: readonly {
    readonly range: vscode.Range;
    readonly importance: number;
    readonly attention: number;
    readonly own: number;
  }[];
  readonly stale: readonly vscode.Range[];
  readonly masked: readonly vscode.Range[];
  /** What the prediction marks. */
  readonly marks: readonly vscode.Range[];
  readonly highlighted: readonly vscode.Range[];
}

/** A drawing without anything in it. */
export const emptyDrawing: Drawing = { painted: [], stale: [], masked: [], marks: [], highlighted: [] };

/**
 * The decoration types, twenty for the channels however many tokens there are: importance is a background of one of five strengths
 * on each side, or what a prediction colours by itself one of five strengths, attention a bar under the text of one of five strengths.
 */
export class Decorations implements vscode.Disposable {
  readonly #types = new Map<DecorationKey, vscode.TextEditorDecorationType>();
  readonly #drawn = new WeakSet<vscode.TextEditor>();

  constructor() {
    for (let bucket = -bucketCount; bucket <= bucketCount; bucket += 1) {
      if (bucket !== 0) {
        this.#types.set(`importance${bucket}`, vscode.window.createTextEditorDecorationType(importanceStyle(bucket)));
      }
      if (bucket > 0) {
        this.#types.set(`attention${bucket}`, vscode.window.createTextEditorDecorationType(attentionStyle(bucket)));
        this.#types.set(`own${bucket}`, vscode.window.createTextEditorDecorationType(ownStyle(bucket)));
      }
    }
    this.#types.set("stale", vscode.window.createTextEditorDecorationType({ opacity: `${staleOpacity}` }));
    this.#types.set("masked", vscode.window.createTextEditorDecorationType(maskedStyle()));
    this.#types.set("mark", vscode.window.createTextEditorDecorationType(markStyle()));
    this.#types.set(
      "highlight",
      vscode.window.createTextEditorDecorationType({
        outline: "1px solid",
        outlineColor: new vscode.ThemeColor(otherColours.highlightBorder),
      }),
    );
  }

  /** Shows a drawing in an editor instead of what it showed before. */
  draw(editor: vscode.TextEditor, drawing: Drawing): void {
    if (Object.values(drawing).every(({ length }) => length === 0) && !this.#drawn.has(editor)) {
      return;
    }
    this.#drawn.add(editor);
    const ranges = new Map<DecorationKey, vscode.Range[]>();
    const add = (key: DecorationKey, range: vscode.Range): void => {
      const list = ranges.get(key);
      if (list) {
        list.push(range);
      } else {
        ranges.set(key, [range]);
      }
    };
    for (const { range, importance, attention, own } of drawing.painted) {
      if (importance !== 0) {
        add(`importance${importance}`, range);
      }
      if (own > 0) {
        add(`own${own}`, range);
      }
      if (attention > 0) {
        add(`attention${attention}`, range);
      }
    }
    ranges.set("stale", [...drawing.stale]);
    ranges.set("masked", [...drawing.masked]);
    ranges.set("mark", [...drawing.marks]);
    ranges.set("highlight", [...drawing.highlighted]);
    for (const [key, type] of this.#types) {
      editor.setDecorations(type, ranges.get(key) ?? []);
    }
  }

  dispose(): void {
    for (const type of this.#types.values()) {
      type.dispose();
    }
  }
}

/** Only high-contrast themes give the border a colour; there its line tells the sides apart and its width the strength. */
function importanceStyle(bucket: number): vscode.DecorationRenderOptions {
  const strength = Math.abs(bucket);
  return {
    backgroundColor: new vscode.ThemeColor(importanceColour(bucket)),
    borderWidth: strength >= 4 ? "2px" : "1px",
    borderStyle: bucket > 0 ? "solid" : "dashed",
    borderColor: new vscode.ThemeColor(bucket > 0 ? otherColours.supportsBorder : otherColours.againstBorder),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

const ownLines = ["dotted", "dashed", "solid", "double", "solid"] as const;

/** Strengths without a side: only high-contrast themes give the line under the words a colour; there its form tells them apart. */
function ownStyle(bucket: number): vscode.DecorationRenderOptions {
  return {
    backgroundColor: new vscode.ThemeColor(surpriseColour(bucket)),
    borderWidth: `0 0 ${bucket < 3 ? 2 : bucket}px 0`,
    borderStyle: ownLines[bucket - 1] ?? "solid",
    borderColor: new vscode.ThemeColor(otherColours.surpriseBorder),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

/** Framed, in no hue of either side; its name stands behind it (`markHints.ts`). */
function markStyle(): vscode.DecorationRenderOptions {
  return {
    outline: "1px solid",
    outlineColor: new vscode.ThemeColor(otherColours.mark),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

/** Struck out and framed, without a hue: the model has not seen it, which is not the same as that it does not matter. */
function maskedStyle(): vscode.DecorationRenderOptions {
  return {
    textDecoration: "line-through",
    outline: "1px dashed",
    outlineColor: new vscode.ThemeColor(otherColours.masked),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

function attentionStyle(bucket: number): vscode.DecorationRenderOptions {
  const thickness = bucket >= 5 ? 3 : bucket >= 3 ? 2 : 1;
  return {
    borderWidth: `0 0 ${thickness}px 0`,
    borderStyle: "solid",
    borderColor: new vscode.ThemeColor(attentionColour(bucket)),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}
