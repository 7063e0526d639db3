import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { ExplainRequest, Explanation } from "../../../src/common/explanation";
import type { Controller } from "../../../src/editor/controller";
import { commandIds } from "../../../src/editor/ids";
import { classesPrediction } from "../../support/predictions";
import { FakeDocument, Position, workspace } from "./fakeVscode";
import { english, sampleExplanation } from "./fixture";
import { asItStands } from "./readingEngine";

vi.mock("vscode", () => import("./fakeVscode"));
const { Controller: RealController } = await import("../../../src/editor/controller");
const { NoteLenses } = await import("../../../src/editor/noteLenses");
const { SettingsStore } = await import("../../../src/editor/settingsStore");

const nothing = () => undefined;
const good = "A gorgeous, witty and seductive movie.";
const bad = "The ending never quite earns it.";

let controller: Controller;
let notes: InstanceType<typeof NoteLenses>;
let fake: FakeDocument;
let document: vscode.TextDocument;
let asked: number;
/** What the engine says of a text. */
let answer: (request: ExplainRequest) => Promise<Explanation>;

function open(text: string): void {
  fake = new FakeDocument(text);
  document = fake as unknown as vscode.TextDocument;
  workspace.textDocuments = [fake];
}

beforeEach(() => {
  const settings = new SettingsStore();
  answer = ({ text }) => {
    const label = text === bad ? "negative" : "positive";
    return Promise.resolve(
      sampleExplanation({ text, prediction: classesPrediction({ index: 0, label, logit: 1, probability: 0.9 }) }),
    );
  };
  controller = new RealController({
    engine: {
      explain: (request) => answer(request),
      measure: () => Promise.reject(new Error("Nothing is measured.")),
      request: () => Promise.reject(new Error("Nothing else is asked.")),
    },
    settings: () => settings.get(),
    model: () => ({ directory: "/models/sentiment", file: null }),
    onError: (error) => {
      throw error;
    },
    log: nothing,
  });
  notes = new NoteLenses({ controller, settings, translate: english });
  asked = 0;
  notes.onDidChangeCodeLenses(() => {
    asked++;
  });
});

afterEach(() => {
  notes.dispose();
  controller.dispose();
  workspace.textDocuments = [];
});

/** Explains what stands there, and says what is above which line. */
async function said(...texts: string[]): Promise<[number, string][]> {
  const whole = fake.getText();
  const spans = texts.map((text) => ({
    start: whole.indexOf(text),
    end: whole.indexOf(text) + text.length,
    read: asItStands(text),
  }));
  await controller.explain(document, spans);
  return now();
}

function now(): [number, string][] {
  return notes.provideCodeLenses(document).map(({ range, command }) => [range.start.line, command?.title ?? ""]);
}

describe("the note", () => {
  it("stands in a line of its own above its text, whatever marks are before it", async () => {
    open(`# Reviews\n\n> - ${good}\n${bad}`);
    expect(await said(good, bad)).toEqual([
      [2, "positive 90.0 % · LIME"],
      [3, "negative 90.0 % · LIME"],
    ]);
  });

  it("says of which text it is where that is not plain", async () => {
    open(`Reviews\n${good} ${bad}\nOn Monday: ${good.replace("A", "One")}`);
    expect(await said(good, bad)).toEqual([
      [1, "“A gorge…”: positive 90.0 %"],
      [1, "“The end…”: negative 90.0 %"],
    ]);
    expect((await said(good.replace("A", "One"))).at(-1)).toEqual([2, "“One gorgeous, w…”: positive 90.0 % · LIME"]);
  });

  it("names a text as it was read, without the document's escapes", async () => {
    const raw = "caf\\u00e9 by the sea";
    open(`{"text": "${raw}"}`);
    const read = { ...asItStands("café by the sea"), raw, runs: [3, 0, 3, 1, 3, 9, 11, 9, 20] };
    await controller.explain(document, [{ start: 10, end: 30, read }]);
    expect(now()).toEqual([[0, "“café by the sea”: positive 90.0 % · LIME"]]);
  });

  it("leads to the panel, and to another run once the text was edited", async () => {
    open(good);
    await said(good);
    const [explained] = controller.all;
    const leads = () => notes.provideCodeLenses(document)[0]?.command;
    expect(leads()).toMatchObject({ command: commandIds.showPanel, arguments: [explained?.id] });
    fake.replace(new Position(0, 2), new Position(0, 3), "G");
    expect(leads()).toMatchObject({
      command: commandIds.explainAgain,
      title: "positive 90.0 % · LIME · edited – run again",
    });
  });

  it("draws nothing that a model's label asks for", async () => {
    answer = ({ text }) => {
      const label = "$(bug) [x](command:evil)";
      return Promise.resolve(
        sampleExplanation({ text, prediction: classesPrediction({ index: 0, label, logit: 1, probability: 0.9 }) }),
      );
    };
    open(good);
    expect(await said(good)).toEqual([[0, "$ (bug) [x] (command:evil) 90.0 % · LIME"]]);
  });

  it("is asked for again when its words change, and only then", async () => {
    open(good);
    await said(good);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(1);
    fake.replace(new Position(0, good.length), new Position(0, good.length), " More.");
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(1);
  });
});
