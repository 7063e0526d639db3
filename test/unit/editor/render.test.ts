import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { Controller } from "../../../src/editor/controller";
import { settingsFrom } from "../../../src/editor/settings";
import { FakeDocument, FakeEditor, Position, type Range, Selection, window, workspace } from "./fakeVscode";
import { sampleExplanation } from "./fixture";
import { asItStands } from "./readingEngine";

vi.mock("vscode", () => import("./fakeVscode"));
const { Controller: RealController } = await import("../../../src/editor/controller");
const { Decorations } = await import("../../../src/editor/decorations");
const { Renderer } = await import("../../../src/editor/render");

const nothing = () => undefined;
const explanation = sampleExplanation({ masked: [2, 5] });
const document = new FakeDocument(explanation.text);

let controller: Controller;
let renderer: { draw(): void; dispose(): void };
let editor: FakeEditor;

beforeEach(async () => {
  const settings = settingsFrom(nothing, nothing);
  controller = new RealController({
    engine: {
      explain: () => Promise.resolve(explanation),
      measure: () => Promise.reject(new Error("Nothing is measured.")),
      request: () => Promise.reject(new Error("Nothing else is asked.")),
    },
    settings: () => settings,
    model: () => ({ directory: "/models/sentiment", file: null }),
    onError: (error) => {
      throw error;
    },
    log: nothing,
  });
  editor = new FakeEditor(document, new Selection(new Position(0, 0), new Position(0, 0)));
  window.visibleTextEditors = [editor];
  workspace.textDocuments = [document];
  renderer = new Renderer(controller, new Decorations(), () => settings);
  const { text } = explanation;
  const read = asItStands(text);
  await controller.explain(document as unknown as vscode.TextDocument, [{ start: 0, end: text.length, read }]);
  renderer.draw();
});

afterEach(() => {
  renderer.dispose();
  controller.dispose();
  window.visibleTextEditors = [];
  workspace.textDocuments = [];
});

/** The stretches that are drawn in one way. */
function drawn(fits: (look: vscode.DecorationRenderOptions) => boolean): string[] {
  return [...editor.drawn]
    .filter(([look]) => fits(look as vscode.DecorationRenderOptions))
    .flatMap(([, ranges]) => ranges.map((range: Range) => document.getText(range)));
}

it("strikes out and frames masked tokens, and nothing else", () => {
  expect(drawn(({ textDecoration, outline }) => textDecoration === "line-through" && outline === "1px dashed")).toEqual(
    ["gorgeous", "subtle"],
  );
});
