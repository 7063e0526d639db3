import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import { defaultOptions } from "../../../src/common/options";
import type { Reading } from "../../../src/common/reading";
import { type ReadText, readTextOf } from "../../../src/common/reading";
import { type Explained, trackExplanation } from "../../../src/editor/explained";
import { exportIds } from "../../../src/exports/registry";
import { EndOfLine, env, FakeDocument, Uri, window, workspace } from "./fakeVscode";
import { attribution, english, sampleExplanation } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { exportAsChosen, exportedResult, exportExplanation, exportNamed } = await import(
  "../../../src/editor/exportExplanation"
);

const folder = mkdtempSync(join(tmpdir(), "explain-export-"));
afterAll(() => rmSync(folder, { recursive: true }));

const explanation = sampleExplanation();
const { text } = explanation;
const uri = new Uri("file", "/project/reviews.md");

/** The text behind four characters of marks, read at 10 and since moved to 12. */
function explained(change: Partial<Explained> = {}): Explained {
  const reading: Reading = {
    kind: "markdown",
    name: "Markdown",
    text,
    runs: [text.length, 14, 14 + text.length],
    read: [{ piece: "paragraph", count: 1 }],
    leftOut: [],
    notes: [],
  };
  const read: ReadText = readTextOf(reading, 10, `#   ${text}`);
  return {
    id: 1,
    uri: uri as unknown as vscode.Uri,
    request: { ...defaultOptions, text, model: explanation.model.reference },
    read,
    tracked: trackExplanation(12, explanation, read, 0),
    second: null,
    explanation,
    run: null,
    progress: null,
    before: null,
    refused: new Map(),
    maskedPredictions: new Map(),
    ...change,
  };
}

beforeEach(() => {
  env.copied = "";
  window.warnings = [];
  window.named = undefined;
  workspace.textDocuments = [];
});

describe("an export of the editor", () => {
  it("is what the command line gives, with places in the document as it is now", async () => {
    await exportExplanation(explained(), "json", "clipboard", english);
    const copied = JSON.parse(env.copied);
    expect(copied).toMatchObject({
      schema: 2,
      text,
      reading: [{ start: 16, end: 16 + text.length, as: "markdown" }],
      warnings: ["Read: 1 paragraph of Markdown."],
    });
    expect(copied.tokens[2]).toMatchObject({ start: 17, end: 26 });
    expect(copied.attributions.map(({ method }: { method: string }) => method)).toEqual(["lime", "rollout"]);
  });

  it("names places of the text itself where those of the document are gone or counted otherwise", () => {
    const edited = explained();
    edited.tracked.apply([{ offset: 20, length: 2, text: "x" }], () => "", false);
    expect(edited.tracked.stale).toBe(true);
    expect(exportedResult(edited)?.reading).toBeNull();
    const document = new FakeDocument("");
    document.uri = uri;
    document.eol = EndOfLine.CRLF;
    workspace.textDocuments = [document];
    expect(exportedResult(explained())?.reading).toBeNull();
  });

  it("leaves out what is not finished", () => {
    const attributions = [{ ...attribution("lime", []), partial: true }, attribution("rollout", [])];
    const found = exportedResult(explained({ explanation: sampleExplanation({ attributions }) }));
    expect(found?.explanation.attributions.map(({ method }) => method)).toEqual(["rollout"]);
    expect(exportedResult(explained({ explanation: null }))).toBeNull();
  });

  it("is refused in a format that there is not", async () => {
    await expect(exportNamed(explained(), "__proto__", "clipboard", english)).rejects.toThrow("There is no format");
    await exportNamed(explained(), "csv", "clipboard", english);
    expect(env.copied).toContain("gorgeous");
  });

  it("goes to the clipboard in each format", async () => {
    for (const [index, id] of exportIds.entries()) {
      window.pick = (items) => items[index];
      await exportAsChosen(explained(), "clipboard", english);
      const chosen = env.copied;
      await exportExplanation(explained(), id, "clipboard", english);
      expect(env.copied).toBe(chosen);
      expect(chosen).toContain("gorgeous");
    }
    expect(window.warnings).toEqual([]);
  });
});

describe("an exported file", () => {
  const save = async (name: string): Promise<void> => {
    window.named = new Uri("file", join(folder, name));
    await exportExplanation(explained(), "csv", "file", english);
  };

  it("is suggested beside the document, and written where the person says", async () => {
    await exportExplanation(explained(), "csv", "file", english);
    expect(window.suggested).toBe("/project/reviews-explanation.csv");
    expect(readdirSync(folder)).toEqual([]);
    await save("a.csv");
    await exportExplanation(explained(), "csv", "clipboard", english);
    expect(readFileSync(join(folder, "a.csv"), "utf8")).toBe(env.copied);
    expect(readdirSync(folder)).toEqual(["a.csv"]);
  });

  it("takes the place of another as a whole, with its permissions, behind a link too", async () => {
    writeFileSync(join(folder, "private.csv"), "old");
    chmodSync(join(folder, "private.csv"), 0o600);
    symlinkSync("private.csv", join(folder, "link.csv"));
    await save("link.csv");
    expect(readFileSync(join(folder, "private.csv"), "utf8")).toMatch(/^line,method/);
    expect(statSync(join(folder, "private.csv")).mode & 0o777).toBe(0o600);
  });

  it("is said not to be written where it cannot be, and nothing is left", async () => {
    mkdirSync(join(folder, "taken.csv"));
    await save("taken.csv");
    await save(join("nowhere", "a.csv"));
    expect(window.warnings).toEqual([
      expect.stringMatching(/taken\.csv cannot be written: it is a folder\. Give it another name\.$/),
      expect.stringMatching(
        /a\.csv cannot be written: its folder does not exist\. Make it first, or choose another place\.$/,
      ),
    ]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("never takes the place of what is no file", async () => {
    const server = createServer().listen(join(folder, "socket.csv"));
    await once(server, "listening");
    await save("socket.csv");
    expect(statSync(join(folder, "socket.csv")).isSocket()).toBe(true);
    expect(window.warnings).toEqual([expect.stringMatching(/socket\.csv cannot be written \(not a file\)\./)]);
    server.close();
  });

  it("may lie elsewhere than on a disk", async () => {
    window.named = new Uri("vscode-vfs", "/repository/a.csv");
    await exportExplanation(explained(), "csv", "file", english);
    expect(workspace.files.get("vscode-vfs:///repository/a.csv")).toMatch(/^line,method/);
  });
});
