import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { Explanation } from "../../../src/common/explanation";
import type { Controller } from "../../../src/editor/controller";
import type { Engine } from "../../../src/editor/engine";
import type { Renderer } from "../../../src/editor/render";
import type { PanelHost } from "../../../src/panel/panelHost";
import {
  events,
  FakeDocument,
  FakeEditor,
  FakeMemento,
  Position,
  Selection,
  Uri,
  window,
  workspace,
} from "../editor/fakeVscode";
import { english, sampleExplanation } from "../editor/fixture";
import { asItStands } from "../editor/readingEngine";
import { FakePanel } from "./fakePanel";
import { keptPanel } from "./kept";

vi.mock("vscode", () => import("../editor/fakeVscode"));
const { Controller: RealController } = await import("../../../src/editor/controller");
const { FileStudies } = await import("../../../src/editor/fileStudies");
const { SettingsStore } = await import("../../../src/editor/settingsStore");
const { PanelHost: RealPanelHost } = await import("../../../src/panel/panelHost");

const explanation = sampleExplanation();
const { text } = explanation;

let controller: Controller;
let host: PanelHost;
let panel: FakePanel;
let editor: FakeEditor;
let document: FakeDocument;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const engine: Engine = {
    explain: ({ text: asked }) => Promise.resolve({ ...explanation, text: asked } satisfies Explanation),
    measure: () => Promise.reject(new Error("Nothing is measured.")),
    request: () => Promise.reject(new Error("Nothing else is asked.")),
  };
  const settings = new SettingsStore();
  controller = new RealController({
    engine,
    settings: () => settings.get(),
    model: () => ({ directory: "/models/sentiment", file: null }),
    onError: (error) => {
      throw error;
    },
    log: () => undefined,
  });
  host = new RealPanelHost({
    controller,
    studies: new FileStudies(engine),
    model: () => ({ directory: "/models/sentiment", file: null }),
    engine,
    renderer: { highlight: () => undefined } as unknown as Renderer,
    settings,
    memory: new FakeMemento() as unknown as vscode.Memento,
    extensionUri: Uri.file("/extension") as unknown as vscode.Uri,
    log: () => undefined,
    translate: english,
  });
  panel = new FakePanel();
  window.panel = panel;
  document = new FakeDocument(`${text}\n\n${text}`);
  editor = new FakeEditor(document, new Selection(new Position(0, 0), new Position(0, 0)));
  window.activeTextEditor = editor;
  window.visibleTextEditors = [editor];
  workspace.textDocuments = [document];
});

afterEach(() => {
  vi.useRealTimers();
  host.dispose();
  controller.dispose();
  window.panel = undefined;
  window.activeTextEditor = undefined;
  window.visibleTextEditors = [];
  workspace.textDocuments = [];
});

async function explainLine(line: number): Promise<void> {
  const start = document.offsetAt(new Position(line, 0));
  const real = document as unknown as vscode.TextDocument;
  await controller.explain(real, [{ start, end: start + text.length, read: asItStands(text) }]);
}

/** Opens the panel as the web view does. */
async function open(): Promise<void> {
  host.show(undefined);
  panel.send({ id: 1, request: "ready", params: null });
  while (panel.posted.length === 0) {
    await new Promise(setImmediate);
  }
}

function moveCursor(line: number, character: number): void {
  const place = new Position(line, character);
  editor.selections = [new Selection(place, place)];
  events.selection.fire();
  vi.advanceTimersByTime(1000);
}

describe("the host of the panel", () => {
  it("sends an explanation once, however often the cursor moves in its text", async () => {
    await explainLine(0);
    await explainLine(2);
    await open();
    expect(panel.posted[0]).toMatchObject({
      response: 1,
      result: { explanation: { number: 1, subject: { explanation: { text } } }, status: { number: 1 } },
    });
    for (let move = 0; move < 200; move++) {
      moveCursor(0, move % text.length);
    }
    expect(panel.posted).toHaveLength(1);
    for (let move = 0; move < 200; move++) {
      moveCursor(2, move % text.length);
    }
    expect(panel.events("explanation")).toHaveLength(1);
    expect(panel.events("status")).toHaveLength(1);
    expect(panel.posted.at(-1)).toMatchObject({ params: { number: 2, source: "reviews.txt, line 3" } });
  });

  it("sends what is small when something else changes", async () => {
    await explainLine(0);
    await open();
    document.replace(new Position(0, 2), new Position(0, 3), "G");
    vi.advanceTimersByTime(1000);
    await new Promise(setImmediate);
    vi.advanceTimersByTime(1000);
    expect(panel.events("explanation")).toHaveLength(0);
    expect(panel.events("status")).toMatchObject([{ params: { stale: true, number: 1 } }]);
  });

  it("takes up after a reload what its web view has kept, and nothing that is not whole", async () => {
    await host.deserializeWebviewPanel(panel.real, JSON.parse(JSON.stringify(keptPanel())));
    expect(controller.all).toMatchObject([{ explanation: { text }, tracked: { start: 0 } }]);
    const [restored] = controller.all;
    expect(restored && host.isPinned(restored)).toBe(true);
    panel.dispose();
    controller.clearAll();
    await host.deserializeWebviewPanel(new FakePanel().real, { ...keptPanel(), status: null });
    expect(controller.all).toEqual([]);
  });

  it.each([false, true])(
    "takes up the second text too, where it stands in a document (shared: %s)",
    async (isShared) => {
      const kept = keptPanel();
      const { subject, status } = kept;
      const other = "Fine.";
      if (!subject || !status) {
        throw new Error("Something is kept.");
      }
      const pair = {
        subject: {
          ...subject,
          request: { ...subject.request, pair: other },
          second: { uri: "file:///samples/other.txt", read: asItStands(other), isShared },
          explanation: { ...subject.explanation, pair: other },
        },
        status: { ...status, place: { ...status.place, second: 4 } },
      };
      await host.deserializeWebviewPanel(panel.real, JSON.parse(JSON.stringify(pair)));
      expect(controller.all).toMatchObject([
        { tracked: { start: 0 }, second: { isShared, tracked: { start: 4, text: other } } },
      ]);
      panel.dispose();
      controller.clearAll();
      // A text that is not that of the explanation is none.
      const wrong = {
        ...pair,
        subject: { ...pair.subject, second: { ...pair.subject.second, read: asItStands("Bad.") } },
      };
      await host.deserializeWebviewPanel(new FakePanel().real, wrong);
      expect(controller.all).toEqual([]);
    },
  );

  it("comes back empty where what was kept names no document", async () => {
    vi.spyOn(Uri, "parse").mockImplementationOnce(() => {
      throw new Error("Scheme contains illegal characters.");
    });
    await host.deserializeWebviewPanel(panel.real, keptPanel());
    expect(controller.all).toEqual([]);
    expect(panel.webview.html).not.toBe("");
  });
});
