import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { ExplainError } from "../../../src/common/errors";
import type { ExplainRequest, Explanation, Segment, Token } from "../../../src/common/explanation";
import type { Task } from "../../../src/common/task";
import type { Controller } from "../../../src/editor/controller";
import type { Engine } from "../../../src/editor/engine";
import { settingsFrom } from "../../../src/editor/settings";
import { FakeDocument, FakeEditor, FakeMemento, Position, Selection, window, workspace } from "./fakeVscode";
import { attribution, english, sampleExplanation } from "./fixture";
import { readingEngine } from "./readingEngine";

vi.mock("vscode", () => import("./fakeVscode"));
const { explainSelection, explainWithLabels } = await import("../../../src/editor/explainSelected");
const { explainWithSecondText } = await import("../../../src/editor/explainTogether");
const { Controller: RealController } = await import("../../../src/editor/controller");
const { isStale, locator } = await import("../../../src/editor/explained");
const { tokenPlace } = await import("../../../src/editor/hover");
const { paintPlan } = await import("../../../src/editor/paint");

const nothing = () => undefined;
const engine = readingEngine((request) => {
  asked.push(request);
  return Promise.resolve(explanationOf(request));
});
let asked: ExplainRequest[];
let failures: ExplainError[];
let controller: Controller;
let memory: FakeMemento;
let here: FakeEditor;

/** Every word a token, each scored by its length. */
function explanationOf({ text, pair }: ExplainRequest): Explanation {
  const words = (part: string, segment: Segment) =>
    [...part.matchAll(/\w+/g)].map(({ 0: word, index: start }) => ({ word, start, segment }));
  const tokens = [...words(text, 0), ...words(pair ?? "", 1)].map(
    ({ word, start, segment }, index): Token => ({
      index,
      id: index,
      piece: word,
      text: word,
      start,
      end: start + word.length,
      special: false,
      segment,
    }),
  );
  const scores = tokens.map(({ start, end }) => end - start);
  return sampleExplanation({ text, pair, tokens, words: [], attributions: [attribution("lime", scores)] });
}

function document(text: string, path: string): FakeDocument {
  const made = new FakeDocument(text);
  made.uri = { path, scheme: "file", toString: () => `file://${path}` };
  return made;
}

function selection(line: number, from: number, to: number): Selection {
  return new Selection(new Position(line, from), new Position(line, to));
}

const model = () => ({ directory: "/models/pairs", file: null });

/** What the commands are given; a model of this task. */
function parts(task: Task = "text-classification") {
  const request = (method: string, params: never) =>
    method === "taskOf" ? Promise.resolve({ task }) : engine.request(method as "readDocument", params);
  const asking = { ...engine, request: request as Engine["request"] };
  const settings = { get: () => settingsFrom(nothing, nothing) };
  return {
    controller,
    engine: asking,
    settings,
    model,
    memory: memory as unknown as vscode.Memento,
    translate: english,
  };
}

function run(): Promise<void> {
  return explainWithSecondText(parts());
}

/** What each text of the only explanation is now, as its tokens' places say. */
function words(uri: vscode.Uri): string[] {
  const [explained] = controller.shown(uri);
  const documents = workspace.textDocuments as FakeDocument[];
  return (explained?.explanation?.tokens ?? []).flatMap((token) => {
    const place = explained && locator(explained, token.segment)(token);
    const where = token.segment === 0 ? explained?.uri : explained?.second?.uri;
    const text = documents.find(({ uri: one }) => one.toString() === where?.toString())?.getText() ?? "";
    return place ? [text.slice(place.start, place.end)] : [];
  });
}

const uriOf = ({ uri }: FakeDocument) => uri as unknown as vscode.Uri;

beforeEach(() => {
  asked = [];
  failures = [];
  memory = new FakeMemento();
  const file = document("A fine film.\nIt was good.\nNobody saw it.", "/one.txt");
  here = new FakeEditor(file, selection(0, 0, 12));
  window.activeTextEditor = here;
  window.visibleTextEditors = [here];
  workspace.textDocuments = [file];
  controller = new RealController({
    engine,
    settings: () => settingsFrom(nothing, nothing),
    model,
    onError: (error) => failures.push(error),
    log: nothing,
  });
});

afterEach(() => {
  controller.dispose();
  window.activeTextEditor = undefined;
  window.visibleTextEditors = [];
  window.write = (value) => value;
  workspace.textDocuments = [];
});

describe("a second text", () => {
  it("is the second of two selections; both are coloured on one scale, followed, and found by the hover", async () => {
    here.selections = [selection(0, 0, 12), selection(1, 0, 12)];
    await run();
    expect(asked.map(({ text, pair }) => [text, pair])).toEqual([["A fine film.", "It was good."]]);
    const uri = uriOf(here.document);
    expect(words(uri)).toEqual(["A", "fine", "film", "It", "was", "good"]);
    const [explained] = controller.shown(uri);
    const plan = explained?.explanation
      ? paintPlan(explained.explanation, { importance: "lime", attention: null, perClass: false })
      : [];
    expect(plan.map(({ segment, importance }) => [segment, importance])).toEqual([
      [0, expect.any(Number)],
      [0, 5],
      [0, 5],
      [1, expect.any(Number)],
      [1, expect.any(Number)],
      [1, 5],
    ]);
    // Words typed between the two move the second alone.
    here.document.replace(new Position(1, 0), new Position(1, 0), "Yes. ");
    expect(words(uri)).toEqual(["A", "fine", "film", "It", "was", "good"]);
    expect(explained && isStale(explained)).toBe(false);
    expect(explained && tokenPlace(explained, uri, 13 + 5)).toEqual({ index: 3, start: 18, end: 20 });
    here.document.replace(new Position(1, 5), new Position(1, 7), "That");
    expect(explained && isStale(explained)).toBe(true);
  });

  it("may be selected in another document, which shows its colours", async () => {
    const other = document("Other words here", "/two.txt");
    window.visibleTextEditors = [here, new FakeEditor(other, selection(0, 6, 16))];
    workspace.textDocuments = [here.document, other];
    await run();
    expect(asked.map(({ text, pair }) => [text, pair])).toEqual([["A fine film.", "words here"]]);
    expect(words(uriOf(other))).toEqual(["A", "fine", "film", "words", "here"]);
    expect(controller.at(uriOf(other), 8)).toBe(controller.at(uriOf(here.document), 3));
    await controller.again(controller.shown(uriOf(other))[0] ?? fail());
    expect(asked.map(({ pair }) => pair)).toEqual(["words here", "words here"]);
    expect(words(uriOf(other))).toEqual(["A", "fine", "film", "words", "here"]);
  });

  it("is read again where it was edited", async () => {
    here.selections = [selection(0, 0, 12), selection(1, 0, 12)];
    await run();
    here.document.replace(new Position(1, 7), new Position(1, 11), "very bad");
    const [explained] = controller.shown(uriOf(here.document));
    await controller.again(explained ?? fail());
    expect(asked.at(-1)).toMatchObject({ text: "A fine film.", pair: "It was very bad." });
  });

  it("stands in no document any more where another is written instead", async () => {
    here.selections = [selection(0, 0, 12), selection(1, 0, 12)];
    await run();
    const [explained] = controller.shown(uriOf(here.document));
    await controller.again(explained ?? fail(), { pair: "So it was." });
    const [latest] = controller.shown(uriOf(here.document));
    expect([latest?.request.pair, latest?.second]).toEqual(["So it was.", null]);
  });

  it("may be written, and is in the box the next time", async () => {
    const boxes: string[] = [];
    window.write = (value) => {
      boxes.push(value);
      return " So it was. ";
    };
    await run();
    await run();
    expect(boxes).toEqual(["", "So it was."]);
    expect(asked.map(({ pair }) => pair)).toEqual(["So it was.", "So it was."]);
    const [explained] = controller.shown(uriOf(here.document));
    await controller.again(explained ?? fail());
    expect(asked.at(-1)?.pair).toBe("So it was.");
  });

  it("is not needed: who closes the box explains nothing", async () => {
    window.write = nothing;
    await run();
    expect(asked).toEqual([]);
  });

  it("may be held against several where texts are read apart; each of these is coloured", async () => {
    here.selections = [selection(1, 0, 12), selection(0, 0, 12), selection(2, 0, 14)];
    await explainWithSecondText(parts("sentence-similarity"));
    expect(asked.map(({ text, pair }) => [text, pair])).toEqual([
      ["It was good.", "A fine film."],
      ["Nobody saw it.", "A fine film."],
    ]);
    const shown = controller.shown(uriOf(here.document));
    expect(shown.map(({ tracked }) => tracked.start)).toEqual([13, 26]);
    expect(controller.at(uriOf(here.document), 3)).toBeUndefined();
    expect(failures).toEqual([]);
  });

  it("that is held against several is followed, and read again where it was edited", async () => {
    here.selections = [selection(1, 0, 12), selection(0, 0, 12), selection(2, 0, 14)];
    await explainWithSecondText(parts("sentence-similarity"));
    const shown = () => controller.shown(uriOf(here.document));
    here.document.replace(new Position(0, 0), new Position(0, 0), "Yes. ");
    expect(shown().map((one) => [one.second?.tracked.start, isStale(one)])).toEqual([
      [5, false],
      [5, false],
    ]);
    here.document.replace(new Position(0, 7), new Position(0, 11), "bad");
    expect(shown().map(isStale)).toEqual([true, true]);
    await controller.again(shown()[0] ?? fail());
    expect(asked.at(-1)).toMatchObject({ text: "It was good.", pair: "A bad film." });
    expect(shown().map(({ tracked, second }) => [tracked.start, second?.isShared])).toEqual([
      [30, true],
      [17, true],
    ]);
    here.document.replace(new Position(0, 7), new Position(0, 10), "sad");
    expect(shown().map(isStale)).toEqual([true, true]);
  });

  it("is one: three selections are refused where both are read together, and a plain explanation has none", async () => {
    here.selections = [selection(0, 0, 12), selection(1, 0, 12), selection(2, 0, 6)];
    await expect(run()).rejects.toMatchObject({ reason: "input-unreadable" });
    here.selections = [selection(0, 0, 12)];
    await explainSelection(parts());
    expect(asked.map(({ pair }) => pair)).toEqual([null]);
    expect(failures).toEqual([]);
  });
});

describe("a model that answers questions", () => {
  const explain = () => explainSelection(parts("question-answering"));

  it("is asked what the person writes, which is in the box the next time", async () => {
    const boxes: string[] = [];
    window.write = (value) => {
      boxes.push(value);
      return value || "What was fine?";
    };
    await explain();
    await explain();
    expect(boxes).toEqual(["", "What was fine?"]);
    expect(asked.map(({ text, pair }) => [text, pair])).toEqual([
      ["A fine film.", "What was fine?"],
      ["A fine film.", "What was fine?"],
    ]);
    window.write = nothing;
    await explain();
    expect(asked).toHaveLength(2);
  });

  it("is asked the first line where that is a question, which is coloured too", async () => {
    window.write = () => "never asked";
    const file = document("Was it good?\nIt was good.\nNobody saw it.", "/asked.txt");
    here = new FakeEditor(file, new Selection(new Position(0, 0), new Position(2, 14)));
    window.activeTextEditor = here;
    workspace.textDocuments = [file];
    await explain();
    expect(asked.map(({ text, pair }) => [text, pair])).toEqual([["It was good.\nNobody saw it.", "Was it good?"]]);
    expect(words(uriOf(file))).toEqual(["It", "was", "good", "Nobody", "saw", "it", "Was", "it", "good"]);
  });
});

describe("labels of the person's own", () => {
  it("are asked for, remembered, and kept when the text is explained again", async () => {
    window.write = (value) => value || "film, food";
    await explainWithLabels(parts());
    const [explained] = controller.shown(uriOf(here.document));
    await controller.again(explained ?? fail());
    for (const { task, zeroShot } of asked) {
      expect(task).toBe("zero-shot-classification");
      expect(zeroShot).toEqual({ labels: "film, food", template: "This example is {}.", several: false });
    }
    expect(asked).toHaveLength(2);
    expect(memory.get("asked.labels")).toBe("film, food");
  });
});

function fail(): never {
  throw new Error("Nothing is shown.");
}
