import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { Controller } from "../../../src/editor/controller";
import { commandIds } from "../../../src/editor/ids";
import type { DownloadParts } from "../../../src/editor/modelParts";
import { commands, FakeDocument, FakeEditor, FakeMemento, Position, Selection, window } from "./fakeVscode";
import { english, sampleExplanation } from "./fixture";
import { readingEngine } from "./readingEngine";

vi.mock("vscode", () => import("./fakeVscode"));
const { registerCommands } = await import("../../../src/editor/commands");
const { Controller: RealController } = await import("../../../src/editor/controller");
const { FileStudies } = await import("../../../src/editor/fileStudies");
const { ExplainAction } = await import("../../../src/editor/explainAction");
const { tokenPlace } = await import("../../../src/editor/hover");
const { SettingsStore } = await import("../../../src/editor/settingsStore");

const explanation = sampleExplanation();
const { length } = explanation.text;

let controller: Controller;
let editor: FakeEditor;
/** Lets the engine answer. */
let answer: () => void;
let registered: { dispose(): void };

/** Selects from one character of the only line to another. */
function select(from: number, to: number): void {
  editor.selections = [new Selection(new Position(0, from), new Position(0, to))];
  editor.timesSet = 0;
}

/** Until everybody has heard of what changed. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const settings = new SettingsStore();
  const engine = readingEngine(() => answered.then(() => explanation));
  controller = new RealController({
    engine,
    settings: () => settings.get(),
    model: () => ({ directory: "/models/sentiment", file: null }),
    onError: (error) => {
      throw error;
    },
    log: () => undefined,
  });
  registered = registerCommands({
    controller,
    studies: new FileStudies(engine),
    engine,
    settings,
    panel: { show: () => undefined, togglePin: () => undefined },
    model: () => ({ directory: "/models/sentiment", file: null }),
    models: { parts: {} as DownloadParts, refresh: () => undefined },
    memory: new FakeMemento() as unknown as vscode.Memento,
    showLog: () => undefined,
    onError: (error) => {
      throw error;
    },
    translate: english,
  });
  editor = new FakeEditor(new FakeDocument(explanation.text), new Selection(new Position(0, 0), new Position(0, 0)));
  window.activeTextEditor = editor;
});

afterEach(() => {
  registered.dispose();
  controller.dispose();
  window.activeTextEditor = undefined;
});

describe("Explain with Transformer", () => {
  it("ends the selection when there are colours", async () => {
    select(0, length);
    const done = commands.executeCommand(commandIds.explainSelection);
    await nextTurn();
    expect(editor.timesSet).toBe(0);
    answer();
    await done;
    await nextTurn();
    expect(editor.selections.map(({ start, end }) => [start.character, end.character])).toEqual([[length, length]]);
  });

  it("leaves a selection that was changed meanwhile", async () => {
    select(0, length);
    const done = commands.executeCommand(commandIds.explainSelection);
    select(2, 10);
    answer();
    await done;
    await nextTurn();
    expect(editor.timesSet).toBe(0);
  });

  it("never touches a mere cursor, not even to put it where it was", async () => {
    select(5, 5);
    const done = commands.executeCommand(commandIds.explainSelection);
    answer();
    await done;
    await nextTurn();
    expect(controller.all.map(({ tracked }) => [tracked.start, tracked.end])).toEqual([[0, length]]);
    expect(editor.timesSet).toBe(0);
  });
});

describe("walking the strongest tokens", () => {
  it("leaves the cursor where the hover is that of the selected token, also before a space and another token", async () => {
    select(0, 0);
    const done = commands.executeCommand(commandIds.explainSelection);
    answer();
    await done;
    const asked: (number | undefined)[] = [];
    const hover = commands.registerCommand("editor.action.showHover", () => {
      const [explained] = controller.all;
      asked.push(explained && tokenPlace(explained, explained.uri, editor.selection?.active.character ?? -1)?.index);
    });
    for (let step = 0; step < 4; step++) {
      await commands.executeCommand(commandIds.nextToken);
    }
    hover.dispose();
    // "gorgeous" before a comma, "ending" before a full stop, "##subtle" before a space, "un" before "##subtle".
    expect(asked).toEqual([2, 6, 5, 4]);
    expect([editor.selection?.start.character, editor.selection?.end.character]).toEqual([12, 14]);
  });
});

describe("without an editor", () => {
  beforeEach(() => {
    window.activeTextEditor = undefined;
    window.warnings = [];
    answer();
  });

  it("the command says why it cannot run, and offers a sample", async () => {
    window.answer = undefined;
    await commands.executeCommand(commandIds.explainSelection);
    expect(window.warnings).toEqual([
      "There is no text to explain here. Open a text file and select some words, or try a sample.",
    ]);
    expect(controller.all).toEqual([]);
    window.answer = "Explain a sample";
    await commands.executeCommand(commandIds.explainSelection);
    expect(controller.all.map(({ request }) => request.text)).toEqual([
      expect.stringMatching(/^A gorgeous, .* for\.$/),
    ]);
  });

  it("the sample opens where text is, not over the panel that has the focus", async () => {
    const start = new Position(0, 0);
    const other = new FakeEditor(new FakeDocument("text"), new Selection(start, start));
    window.visibleTextEditors = [Object.assign(other, { viewColumn: 2 })];
    await commands.executeCommand(commandIds.explainSample);
    expect(window.shownIn).toBe(2);
    window.visibleTextEditors = [];
    window.activeTextEditor = undefined;
    await commands.executeCommand(commandIds.explainSample);
    expect(window.shownIn).toBe(1);
  });
});

describe("the light bulb", () => {
  const offered = (from: number, to: number): unknown[] => {
    const range = new Selection(new Position(0, from), new Position(0, to));
    const document = editor.document as unknown as vscode.TextDocument;
    return new ExplainAction(english).provideCodeActions(document, range as unknown as vscode.Range);
  };

  it("offers to explain selected words, and nothing where none is selected", () => {
    expect(offered(2, 10)).toMatchObject([
      { title: "Explain with Transformer", command: { command: commandIds.explainSelection } },
    ]);
    expect(offered(2, 2)).toEqual([]);
    expect(offered(10, 12)).toEqual([]);
  });
});
