import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import { ExplainError } from "../../../src/common/errors";
import type { ExplainRequest } from "../../../src/common/explanation";
import type { ReadRequest } from "../../../src/common/reading";
import type { Controller } from "../../../src/editor/controller";
import { FakeDocument, FakeEditor, Position, Selection, workspace } from "./fakeVscode";
import { sampleExplanation } from "./fixture";
import { readingEngine } from "./readingEngine";

vi.mock("vscode", () => import("./fakeVscode"));
const { Controller: RealController } = await import("../../../src/editor/controller");
const { locator } = await import("../../../src/editor/explained");
const { tokenPlace } = await import("../../../src/editor/hover");
const { EndOfLine } = await import("./fakeVscode");
const { offsetAt, rangeOf, sliceOf } = await import("../../../src/editor/offsets");
const { readSelections } = await import("../../../src/editor/selection");
const { settingsFrom } = await import("../../../src/editor/settings");

/** "A gorgeous, unsubtle ending." as it stands in Markdown. */
const source = "# Head\n\nA **gorgeous**,\nun*subtle* [ending](http://x.org)&#46;\n\nAnother paragraph.";

let controller: Controller;
let fake: FakeDocument;
let document: vscode.TextDocument;
let asked: ExplainRequest[];
let sent: ReadRequest[];
let whileReading: () => void;
const engine = readingEngine(
  (request) => {
    asked.push(request);
    return Promise.resolve(sampleExplanation({ text: request.text }));
  },
  (request) => {
    sent.push(request);
    whileReading();
  },
);

beforeEach(() => {
  asked = [];
  sent = [];
  whileReading = () => undefined;
  controller = new RealController({
    engine,
    settings: () =>
      settingsFrom(
        () => undefined,
        () => undefined,
      ),
    model: () => ({ directory: "/models/sentiment", file: null }),
    onError: (error) => {
      throw error;
    },
    log: () => undefined,
  });
  open(source);
});

afterEach(() => {
  controller.dispose();
  workspace.textDocuments = [];
  workspace.set = {};
});

function open(text: string, language = "markdown"): void {
  fake = new FakeDocument(text);
  fake.languageId = language;
  document = fake as unknown as vscode.TextDocument;
  workspace.textDocuments = [fake];
}

/** Explains what stands at a cursor, or between two places. */
async function explain(from: Position, to = from): Promise<void> {
  const editor = new FakeEditor(fake, new Selection(from, to)) as unknown as vscode.TextEditor;
  await controller.explain(document, await readSelections(editor, engine));
}

function shown() {
  const [explained] = controller.shown(document.uri);
  if (!explained) {
    throw new Error("Nothing is shown.");
  }
  return explained;
}

/** What stands in the document where the explanation's tokens are. */
const places = (): string[] => shown().tracked.parts.map(({ start, end }) => sliceOf(document)(start, end));
const inDocument = ["", "A", "gorgeous", ",", "un", "subtle", "ending", "&#46;", ""];

describe("a document that is read", () => {
  it.each(["LF", "CRLF"] as const)(
    "explains the sentence at the cursor, and finds its tokens among marks: %s",
    async (name) => {
      fake.eol = EndOfLine[name];
      await explain(new Position(3, 4));
      expect(asked.map(({ text }) => text)).toEqual(["A gorgeous, unsubtle ending."]);
      expect(places()).toEqual(inDocument.map((token) => (token === "subtle" ? "subtle" : token)));
      const locate = locator(shown());
      const word = locate({ start: 12, end: 20 });
      expect(word && sliceOf(document)(word.start, word.end)).toBe("un*subtle");
      expect(word && rangeOf(document, word).start).toMatchObject({ line: 3, character: 0 });
    },
  );

  it("shows the hover of the token at a place of the document, and none on marks", async () => {
    await explain(new Position(3, 4));
    const at = (line: number, character: number) =>
      tokenPlace(shown(), shown().uri, offsetAt(document, new Position(line, character) as vscode.Position));
    expect(at(2, 6)?.index).toBe(2);
    expect(at(3, 3)?.index).toBe(5);
    expect(at(3, 10)).toBeUndefined();
    const dot = at(3, 36);
    expect(dot?.index).toBe(7);
    expect(dot && sliceOf(document)(dot.start, dot.end)).toBe("&#46;");
  });

  it("follows its tokens through edits, and is fresh again when its own text is", async () => {
    await explain(new Position(3, 4));
    fake.replace(new Position(0, 0), new Position(0, 0), "Before\n\n");
    expect(shown().tracked.stale).toBe(false);
    expect(places()).toEqual(inDocument);
    fake.replace(new Position(4, 4), new Position(4, 5), "G");
    expect(shown().tracked.stale).toBe(true);
    fake.replace(new Position(4, 4), new Position(4, 5), "g");
    expect(shown().tracked.stale).toBe(false);
    expect(places()).toEqual(inDocument);
  });

  it("is explained again as it was read, and read again when it was edited", async () => {
    await explain(new Position(3, 4));
    await controller.again(shown());
    expect(sent).toHaveLength(1);
    fake.replace(new Position(2, 4), new Position(2, 12), "dull");
    await controller.again(shown());
    expect(sent).toHaveLength(2);
    expect(asked.map(({ text }) => text)).toEqual([
      "A gorgeous, unsubtle ending.",
      "A gorgeous, unsubtle ending.",
      "A dull, unsubtle ending.",
    ]);
  });

  it("is explained more exactly with four times the effort, each time", async () => {
    await explain(new Position(3, 4));
    await controller.moreExactly(shown());
    await controller.moreExactly(shown());
    expect(asked.map(({ effort }) => effort / (asked[0]?.effort ?? 0))).toEqual([1, 4, 16]);
    expect(asked.map(({ lime }) => lime.samples / (asked[0]?.lime.samples ?? 0))).toEqual([1, 4, 16]);
    expect(asked.map(({ lime }) => (asked[0]?.lime.tolerance ?? 0) / lime.tolerance)).toEqual([1, 2, 4]);
  });

  it("is explained with its marks when that is asked for", async () => {
    await explain(new Position(3, 4));
    await controller.useRawText(shown());
    expect(asked.at(-1)?.text).toBe("A **gorgeous**,\nun*subtle* [ending](http://x.org)&#46;");
    expect(shown().read.words).toBeNull();
  });

  it("is not explained when it was edited meanwhile", async () => {
    whileReading = () => fake.replace(new Position(0, 0), new Position(0, 0), "x");
    await explain(new Position(3, 4));
    expect(asked).toEqual([]);
  });

  it("says that a blank line holds nothing", async () => {
    await expect(explain(new Position(1, 0))).rejects.toThrow(ExplainError);
    await expect(explain(new Position(1, 0))).rejects.toMatchObject({ reason: "text-empty" });
    expect(asked).toEqual([]);
  });

  it("says that a cut word was completed", async () => {
    await explain(new Position(2, 6), new Position(3, 5));
    expect(asked.map(({ text }) => text)).toEqual(["gorgeous, unsubtle"]);
    expect(shown().explanation?.warnings.map(({ template }) => template)).toEqual([
      "The selection cut a word; the whole word is explained.",
    ]);
  });

  it("sends only what is around the selection of a very long document", async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, row) => `{"id": ${row}, "text": "Row ${row} is a fine film to see", "more": "${"x".repeat(500)}"}`,
    );
    open(rows.join("\n"), "jsonl");
    await explain(new Position(2000, 30));
    expect(sent[0]?.text.length).toBeLessThanOrEqual(1_000_000);
    expect(asked.map(({ text }) => text)).toEqual(["Row 2000 is a fine film to see"]);
    const { start, end } = shown().tracked;
    expect(sliceOf(document)(start, end)).toBe("Row 2000 is a fine film to see");
  });

  it("is taken as it stands where the setting says so", async () => {
    workspace.set = { "text.read": false };
    await explain(new Position(2, 4));
    expect(asked.map(({ text }) => text)).toEqual(["A **gorgeous**,"]);
  });

  it("is a notebook's cell as a whole, or the comment or string of code at the cursor", async () => {
    const cell = (text: string, language: string): void => {
      open(text, language);
      fake.uri = { ...fake.uri, scheme: "vscode-notebook-cell" };
    };
    cell("# Head\n\nA *fine* film.", "markdown");
    await explain(new Position(0, 0));
    cell("x = 'a dull film'\ny = 2", "python");
    await explain(new Position(0, 8));
    controller.clearAll();
    await explain(new Position(1, 0));
    expect(asked.map(({ text }) => text)).toEqual(["Head\nA fine film.", "a dull film", "x = 'a dull film'\ny = 2"]);
  });
});
