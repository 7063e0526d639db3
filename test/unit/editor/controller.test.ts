import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { ExplainProgress } from "../../../src/common/engineProtocol";
import { cancelledError, ExplainError } from "../../../src/common/errors";
import type { ExplainRequest, Explanation, MeasuredMethod } from "../../../src/common/explanation";
import type { Controller } from "../../../src/editor/controller";
import { type Explained, locator } from "../../../src/editor/explained";
import { settingsFrom } from "../../../src/editor/settings";
import { until } from "../../support/until";
import { EndOfLine, events, FakeDocument, Position, workspace } from "./fakeVscode";
import { attribution, sampleExplanation } from "./fixture";
import { asItStands, readingEngine } from "./readingEngine";

const nothing = () => undefined;

vi.mock("vscode", () => import("./fakeVscode"));
const { Controller: RealController } = await import("../../../src/editor/controller");
const { offsetAt, positionAt, rangeOf, sliceOf, textOf } = await import("../../../src/editor/offsets");

const text = "A gorgeous,\nunsubtle ending.";
const before = "Reviews\n\n";

let controller: Controller;
let fake: FakeDocument;
let document: vscode.TextDocument;
let asked: ExplainRequest[];
let failures: ExplainError[];
/** Calls back when the run is aborted. */
let abort: (listener: () => void) => void;
/** What the engine tells of its progress. */
let advance: (onProgress: ((progress: ExplainProgress) => void) | undefined) => void;
/** What the engine measures of some methods. */
let measuring: (methods: string[]) => Promise<MeasuredMethod[]>;
/** What the engine says. */
let answer: () => Promise<Explanation>;

beforeEach(() => {
  asked = [];
  failures = [];
  advance = nothing;
  answer = () => Promise.resolve(sampleExplanation({ text }));
  controller = new RealController({
    engine: {
      ...readingEngine((request, signal, onProgress) => {
        asked.push(request);
        abort = (listener) => signal?.addEventListener("abort", listener);
        advance(onProgress);
        return answer();
      }),
      measure: (_, attributions) => measuring(attributions.map(({ method }) => method)),
    },
    settings: () => settingsFrom(nothing, nothing),
    model: () => ({ directory: "/models/sentiment", file: null }),
    onError: (error) => failures.push(error),
    log: () => undefined,
  });
  measuring = () => Promise.resolve([]);
  fake = new FakeDocument(`${before}${text}\nThe end`);
  document = fake as unknown as vscode.TextDocument;
  workspace.textDocuments = [fake];
});

afterEach(() => {
  controller.dispose();
  workspace.textDocuments = [];
});

async function explain(): Promise<void> {
  const start = before.length;
  const read = asItStands(text);
  await controller.explain(document, [{ start, end: start + text.length, read }]);
}

/** What the only explanation is of now, and where its word "unsubtle" is. */
function now(): { text: string; stale: boolean; word: string; at: string } {
  const [explained] = controller.shown(document.uri);
  const place = explained && locator(explained)({ start: 12, end: 20 });
  if (!explained || !place) {
    throw new Error("Nothing is shown.");
  }
  const { start } = rangeOf(document, place);
  return {
    text: sliceOf(document)(explained.tracked.start, explained.tracked.end),
    stale: explained.tracked.stale,
    word: sliceOf(document)(place.start, place.end),
    at: `${start.line}:${start.character}`,
  };
}

describe("line ends", () => {
  it.each(["LF", "CRLF"] as const)("are one character of an offset, whatever they are: %s", (name) => {
    const plain = "one\n\n\ntwo three\nfour\n\n";
    fake = new FakeDocument(plain);
    fake.eol = EndOfLine[name];
    document = fake as unknown as vscode.TextDocument;
    expect(textOf(document)).toBe(plain);
    for (let offset = 0; offset <= plain.length; offset++) {
      const lines = plain.slice(0, offset).split("\n");
      const expected = { line: lines.length - 1, character: lines.at(-1)?.length };
      expect(positionAt(document, offset)).toMatchObject(expected);
      expect(offsetAt(document, positionAt(document, offset))).toBe(offset);
      expect(sliceOf(document)(offset, plain.length)).toBe(plain.slice(offset));
    }
  });

  it("may change under the colours", async () => {
    await explain();
    const there = { text, stale: false, word: "unsubtle", at: "3:0" };
    expect(now()).toEqual(there);
    fake.setEndOfLine(EndOfLine.CRLF);
    expect(now()).toEqual(there);
    fake.replace(new Position(0, 0), new Position(1, 0), "All\nreviews\n\n");
    expect(now()).toEqual({ ...there, at: "5:0" });
    fake.replace(new Position(3, 0), new Position(3, 0), "of films\n");
    expect(now()).toEqual({ ...there, at: "6:0" });
    fake.setEndOfLine(EndOfLine.LF);
    expect(now()).toEqual({ ...there, at: "6:0" });
  });

  it("are no edit of what is stale already, nor the end of a run", async () => {
    let finish: () => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        finish = () => resolve(sampleExplanation({ text }));
      });
    const done = explain();
    await until(() => asked.length === 1, "the request");
    fake.setEndOfLine(EndOfLine.CRLF);
    finish();
    await done;
    fake.replace(new Position(2, 0), new Position(2, 1), "One");
    const edited = { text: `One${text.slice(1)}`, stale: true, word: "unsubtle", at: "3:0" };
    expect(now()).toEqual(edited);
    fake.setEndOfLine(EndOfLine.LF);
    expect(now()).toEqual(edited);
    fake.replace(new Position(2, 0), new Position(2, 3), "A");
    expect(now()).toEqual({ text, stale: false, word: "unsubtle", at: "3:0" });
  });

  it("may change in one event with text before it, as by undoing a formatter", async () => {
    await explain();
    fake.atOnce(() => {
      fake.replace(new Position(0, 0), new Position(0, 0), "New ");
      fake.setEndOfLine(EndOfLine.CRLF);
    });
    expect(now()).toEqual({ text, stale: false, word: "unsubtle", at: "3:0" });
    fake.atOnce(() => {
      fake.replace(new Position(2, 0), new Position(2, 1), "One");
      fake.setEndOfLine(EndOfLine.LF);
    });
    expect(controller.shown(document.uri)).toEqual([]);
  });

  it("reach the model as one character", async () => {
    fake.eol = EndOfLine.CRLF;
    await explain();
    expect(asked.map((request) => request.text)).toEqual([text]);
    expect(now()).toMatchObject({ text, word: "unsubtle", at: "3:0" });
  });
});

describe("what failed", () => {
  beforeEach(() => {
    answer = () => Promise.reject(new ExplainError("model-missing", "The model is missing."));
  });

  it("is followed and can be tried again", async () => {
    await explain();
    expect(failures.map(({ reason }) => reason)).toEqual(["model-missing"]);
    expect(controller.shown(document.uri)).toEqual([]);
    expect(controller.failed).toHaveLength(1);
    fake.replace(new Position(0, 0), new Position(0, 0), "Film ");
    answer = () => Promise.resolve(sampleExplanation({ text }));
    await Promise.all(controller.failed.map((failed) => controller.again(failed)));
    expect(asked.map((request) => request.text)).toEqual([text, text]);
    expect(now()).toEqual({ text, stale: false, word: "unsubtle", at: "3:0" });
    expect(controller.failed).toEqual([]);
  });

  it("does not hide what was there before, nor pile up", async () => {
    const failing = answer;
    answer = () => Promise.resolve(sampleExplanation({ text }));
    await explain();
    answer = failing;
    await explain();
    await explain();
    expect(now()).toMatchObject({ text, stale: false });
    expect(controller.failed).toHaveLength(1);
  });

  it("says why what stands there now cannot be read, whoever asked", async () => {
    answer = () => Promise.resolve(sampleExplanation({ text }));
    await explain();
    const start = fake.positionAt(before.length);
    fake.replace(start, fake.positionAt(before.length + text.length), "   ");
    const [explained] = controller.all;
    expect(explained?.tracked.stale).toBe(true);
    await Promise.all(explained ? [controller.again(explained), controller.useRawText(explained)] : []);
    expect(failures.map(({ reason }) => reason)).toEqual(["text-empty", "text-empty"]);
  });

  it("cannot be tried again once its document is closed", async () => {
    await explain();
    workspace.textDocuments = [];
    expect(controller.failed).toEqual([]);
  });
});

describe("a document that is closed", () => {
  /** Explains another document than the one of these tests, and closes it. */
  async function closedDocument(name: string): Promise<FakeDocument> {
    const other = new FakeDocument(`${before}${text}`);
    other.uri = { ...other.uri, path: name, toString: () => `file://${name}` };
    const start = before.length;
    const asked = { start, end: start + text.length, read: asItStands(text) };
    await controller.explain(other as unknown as vscode.TextDocument, [asked]);
    events.close.fire(other);
    return other;
  }

  it("keeps its explanations while it is one of the last eight, and those that were opened again keep theirs", async () => {
    const first = await closedDocument("/first");
    const second = await closedDocument("/second");
    events.open.fire(first);
    for (let index = 0; index < 8; index++) {
      await closedDocument(`/${index}`);
    }
    for (let index = 0; index < 20; index++) {
      const unexplained = new FakeDocument("x");
      unexplained.uri = { ...unexplained.uri, toString: () => `file:///unexplained${index}` };
      events.close.fire(unexplained);
    }
    const names = controller.all.map(({ uri }) => uri.path);
    expect(names).toEqual(["/first", "/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7"]);
    expect(controller.shown(second.uri as vscode.Uri)).toEqual([]);
  });

  it("has its colours again where its text still stands in it, as after a change of its language", async () => {
    await explain();
    events.close.fire(fake);
    events.open.fire(fake);
    expect(now()).toMatchObject({ text, stale: false });
    expect(controller.all).toHaveLength(1);
  });
});

describe("cancelling", () => {
  const prediction = sampleExplanation({ text, attributions: [] });
  /** Explains, hears of the prediction, and is cancelled. */
  async function cancelled(): Promise<void> {
    answer = () => new Promise((_, reject) => abort(() => reject(cancelledError())));
    const done = explain();
    await until(() => controller.running[0]?.explanation === prediction, "the prediction");
    controller.cancel();
    await done;
  }

  it("keeps the finished prediction, and says that the rest is missing", async () => {
    await cancelled();
    const [explained] = controller.shown(document.uri);
    expect(explained?.explanation).toMatchObject({ prediction: prediction.prediction, attributions: [] });
    expect(explained?.explanation?.warnings[0]?.template).toMatch(/^The run was cancelled/);
    expect(controller.running).toEqual([]);
    expect(failures).toEqual([]);
  });

  it("goes back to a whole explanation where there is one", async () => {
    answer = () => Promise.resolve(sampleExplanation({ text }));
    await explain();
    const [before] = controller.shown(document.uri);
    await cancelled();
    expect(controller.shown(document.uri)).toEqual([before]);
  });

  it("keeps what a model has written so far, which is explained, and nothing when that is cancelled too early", async () => {
    const written = { phase: "writing", done: 3, total: 20, remainingMilliseconds: null, partial: null } as const;
    advance = (onProgress) => onProgress?.({ ...written, written: " So it" });
    answer = () => new Promise((_, reject) => abort(() => reject(cancelledError())));
    const done = explain();
    await until(() => controller.running[0]?.progress?.written !== undefined, "something to be written");
    advance = nothing;
    answer = () => Promise.resolve(sampleExplanation({ text }));
    controller.cancel();
    await done;
    await until(() => controller.shown(document.uri).length === 1 && controller.running.length === 0, "the rest");
    expect(asked.map(({ generate }) => generate)).toEqual([20, 3]);
    expect(failures).toEqual([]);
  });

  it("of what has nothing yet leaves nothing", async () => {
    advance = () => undefined;
    answer = () => new Promise((_, reject) => abort(() => reject(cancelledError())));
    const done = explain();
    await until(() => asked.length === 1, "the request");
    controller.cancel();
    await done;
    expect(controller.all).toEqual([]);
  });

  beforeEach(() => {
    advance = (onProgress) =>
      onProgress?.({ phase: "lime", done: 1, total: 9, remainingMilliseconds: null, partial: prediction });
  });
});

describe("further methods", () => {
  const methodsNow = () =>
    controller
      .shown(document.uri)
      .flatMap(({ explanation }) => explanation?.attributions.map(({ method }) => method) ?? []);
  const only = async () => {
    await explain();
    const [explained] = controller.shown(document.uri);
    if (!explained) {
      throw new Error("Nothing is shown.");
    }
    return explained;
  };
  const found = (method: "occlusion" | "lrp") => sampleExplanation({ text, attributions: [attribution(method, [])] });

  it("run alone, one after the other, beside those that are there", async () => {
    const explained = await only();
    const before = explained.explanation?.attributions;
    answer = () => Promise.resolve(found(asked.at(-1)?.methods[0] === "lrp" ? "lrp" : "occlusion"));
    await controller.addMethods(explained, ["occlusion", "lime", "lrp"]);
    expect(asked.slice(1).map(({ methods, text: what }) => [methods, what])).toEqual([
      [["occlusion"], text],
      [["lrp"], text],
    ]);
    expect(methodsNow()).toEqual(["lime", "rollout", "occlusion", "lrp"]);
    expect(explained.explanation?.attributions.slice(0, 2)).toEqual(before);
    expect(explained.run).toBeNull();
  });

  it("that fail leave what was there, and say why", async () => {
    const explained = await only();
    const before = explained.explanation;
    answer = () => Promise.reject(new ExplainError("method-unavailable", "The model has no gradients."));
    await controller.addMethods(explained, ["lrp"]);
    expect(explained.explanation).toEqual(before);
    expect(failures.map(({ message }) => message)).toEqual(["The model has no gradients."]);
    expect([...explained.refused]).toEqual([["lrp", { template: "The model has no gradients.", args: [] }]]);
    answer = () => Promise.resolve(found("lrp"));
    await controller.addMethods(explained, ["lrp"]);
    expect(explained.refused.size).toBe(0);
  });

  /** A method is being added, and has something to show already. */
  const adding = async (explained: Explained) => {
    advance = (onProgress) =>
      onProgress?.({ phase: "lrp", done: 1, total: 9, remainingMilliseconds: null, partial: found("lrp") });
    answer = () => new Promise((_, reject) => abort(() => reject(cancelledError())));
    const done = controller.addMethods(explained, ["lrp", "occlusion"]);
    await done;
  };

  it.each([
    ["cancelled", () => controller.cancel(), 2],
    ["overtaken by an edit", () => fake.replace(new Position(2, 0), new Position(2, 1), "One"), 3],
  ])("that are %s leave what was there before them", async (_, end, requests) => {
    const explained = await only();
    const before = explained.explanation;
    const ending = adding(explained);
    await until(() => methodsNow().includes("lrp"), "what is known on the way");
    advance = nothing;
    answer = () => Promise.resolve(found("occlusion"));
    end();
    expect(explained.explanation).toEqual(before);
    await ending;
    // What waited behind it begins, but not where everything was cancelled.
    expect(asked.length).toBe(requests);
    expect(controller.shown(document.uri)).toEqual([explained]);
  });

  it("end when the text is explained again, which can be cancelled as well", async () => {
    const explained = await only();
    const before = explained.explanation;
    const ending = adding(explained);
    await until(() => methodsNow().includes("lrp"), "what is known on the way");
    advance = nothing;
    const again = explain();
    expect(explained.explanation).toEqual(before);
    controller.cancel();
    await Promise.all([ending, again]);
    expect(controller.shown(document.uri)).toEqual([explained]);
    expect(explained.explanation).toEqual(before);
  });

  it("are measured where they have not been", async () => {
    const explained = await only();
    const measured: string[][] = [];
    const figure = { value: 1, spread: null, curve: null, scale: "none" as const, evaluations: 1, notes: [] };
    measuring = (methods) => {
      measured.push(methods);
      return Promise.resolve([{ method: "lime", values: { comprehensiveness: figure } }]);
    };
    await controller.measure(explained, ["comprehensiveness"]);
    expect(explained.explanation?.measures.map(({ method }) => method)).toEqual(["lime"]);
    await controller.measure(explained, ["comprehensiveness"]);
    expect(measured).toEqual([["lime", "rollout"], ["rollout"]]);
  });
});
