import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import { ExplainError } from "../../../src/common/errors";
import type { ExplainRequest, Explanation } from "../../../src/common/explanation";
import type { Prediction } from "../../../src/common/prediction/registry";
import type { Task } from "../../../src/common/task";
import type { Controller } from "../../../src/editor/controller";
import type { Engine } from "../../../src/editor/engine";
import { settingsFrom } from "../../../src/editor/settings";
import { FakeDocument, FakeEditor, FakeMemento, Position, Selection, window, workspace } from "./fakeVscode";
import { english, sampleExplanation } from "./fixture";
import { readingEngine } from "./readingEngine";

vi.mock("vscode", () => import("./fakeVscode"));
const { explainWord } = await import("../../../src/editor/explainWord");
const { Controller: RealController } = await import("../../../src/editor/controller");

const nothing = () => undefined;
const text = "A gorgeous, unsubtle ending.";
const model = () => ({ directory: "/models/words", file: null });
let asked: ExplainRequest[];
let shown: unknown[];
let offsets: number[];
let task: Task;
let prediction: Prediction | null;
let controller: Controller;
let here: FakeEditor;

const explain: Engine["explain"] = (request): Promise<Explanation> => {
  asked.push(request);
  const sample = sampleExplanation({ text: request.text });
  return Promise.resolve({ ...sample, model: { ...sample.model, task }, prediction: prediction ?? sample.prediction });
};

/** Tokens are as in the sample. */
const engine: Engine = {
  ...readingEngine(explain),
  request: ((method: string, params: never) => {
    if (method === "taskOf") {
      return Promise.resolve({ task });
    }
    if (method === "tokenAt") {
      const { offset } = params as { readonly offset: number };
      offsets.push(offset);
      const { tokens } = sampleExplanation();
      const found = tokens.find(({ special, start, end }) => !special && start <= offset && offset < end);
      return Promise.resolve({ token: found?.index ?? null });
    }
    return readingEngine(explain).request(method as "readDocument", params);
  }) as Engine["request"],
};

function run(named?: Parameters<typeof explainWord>[1], token?: number): Promise<void> {
  const parts = {
    controller,
    engine,
    settings: { get: () => settingsFrom(nothing, nothing) },
    model,
    memory: new FakeMemento() as unknown as vscode.Memento,
    translate: english,
    panel: { show: (_: unknown, place: unknown) => shown.push(place), togglePin: nothing },
  };
  return explainWord(parts, named, token);
}

function cursorAt(character: number): void {
  here.selections = [new Selection(new Position(0, character), new Position(0, character))];
}

beforeEach(() => {
  asked = [];
  shown = [];
  offsets = [];
  prediction = null;
  const file = new FakeDocument(text);
  here = new FakeEditor(file, new Selection(new Position(0, 0), new Position(0, 0)));
  window.activeTextEditor = here;
  window.visibleTextEditors = [here];
  workspace.textDocuments = [file];
  controller = new RealController({
    engine,
    settings: () => settingsFrom(nothing, nothing),
    model,
    onError: (error) => {
      throw error;
    },
    log: nothing,
  });
});

afterEach(() => {
  controller.dispose();
  window.activeTextEditor = undefined;
  window.visibleTextEditors = [];
  workspace.textDocuments = [];
});

describe("the word at the cursor", () => {
  it("is what is asked about, by the token there, before anything is explained and after", async () => {
    task = "fill-mask";
    cursorAt(4);
    await run();
    cursorAt(23);
    await run();
    expect(asked.map(({ text: of, position }) => [of, position])).toEqual([
      [text, 2],
      [text, 6],
    ]);
    expect(offsets).toEqual([4, 23]);
  });

  it("is found in the text as it is read, and where it stands after edits", async () => {
    task = "token-classification";
    here.document.replace(new Position(0, 0), new Position(0, 0), "## ");
    (here.document as { languageId: string }).languageId = "markdown";
    cursorAt(3 + 12);
    await run();
    expect(asked.map(({ text: of, position }) => [of, position])).toEqual([[text, 4]]);
    expect(offsets).toEqual([12]);
  });

  it("is refused where there is none", async () => {
    task = "surprise";
    cursorAt(11);
    await expect(run()).rejects.toMatchObject({ reason: "input-unreadable" });
    expect(asked).toEqual([]);
  });

  it("is looked up in the panel where a model answers for the text as a whole, which is explained first", async () => {
    task = "text-classification";
    cursorAt(23);
    await run();
    await run();
    expect(asked.map(({ position }) => position)).toEqual([null]);
    expect(shown).toEqual([{ token: 6 }, { token: 6 }]);
  });

  it("is named by a link of the hover", async () => {
    task = "surprise";
    cursorAt(4);
    await run();
    const uri = here.document.uri as unknown as vscode.Uri;
    await run(controller.shown(uri)[0], 6);
    expect(asked.map(({ position }) => position)).toEqual([2, 6]);
  });
});

describe("a word of an answer", () => {
  it("has that answer explained, and another word what it has to do with the likeliest", async () => {
    task = "question-answering";
    const answer = (start: number, end: number, token: number) => ({
      start,
      end,
      text: text.slice(start, end),
      score: 0.5,
      logit: 1,
      tokens: [token, token] as const,
      window: 0,
    });
    prediction = { kind: "spans", spans: [answer(2, 10, 2), answer(21, 27, 6)] };
    const read = { raw: text, text, runs: [text.length, 0, text.length], words: null, notes: [] };
    await controller.explain(here.document as unknown as vscode.TextDocument, [
      { start: 0, end: text.length, read, options: { pair: "What?" } },
    ]);
    cursorAt(22);
    await run();
    cursorAt(14);
    await run();
    expect(asked.map(({ pair, target }) => [pair, target])).toEqual([
      ["What?", null],
      ["What?", "1"],
    ]);
    expect(shown).toEqual([{ token: 5 }]);
  });
});

describe("a word that a model wrote", () => {
  it("is found where it stands behind the text", async () => {
    task = "text-generation";
    const step = (word: string) => ({ id: 1, piece: word, text: word, logProbability: -1, alternatives: [] });
    prediction = {
      kind: "generated",
      text: " So it is",
      steps: [" So", " it", " is"].map(step),
      step: 0,
      end: "length",
    };
    const read = { raw: text, text, runs: [text.length, 0, text.length], words: null, notes: [] };
    await controller.explain(here.document as unknown as vscode.TextDocument, [{ start: 0, end: text.length, read }]);
    const end = new Position(0, text.length);
    here.document.replace(end, end, " So it is");
    cursorAt(text.length + 5);
    await run();
    expect(asked.map(({ position }) => position)).toEqual([null, 1]);
  });
});

describe("where there is no editor", () => {
  it("says so", async () => {
    window.activeTextEditor = undefined;
    window.visibleTextEditors = [];
    await expect(run()).rejects.toBeInstanceOf(ExplainError);
  });
});
