import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { OffsetMap, type Reading } from "../../../src/common/reading";
import { readDocument, readPassages } from "../../../src/documents/readDocument";
import { Draw } from "../../support/writtenDocuments";

const root = path.join(import.meta.dirname, "../../..");

/** Files of this repository of as many kinds as it has, and parts of others. */
const files: readonly (readonly [string, string])[] = [
  ...["README.md", "CHANGELOG.md", "docs/architecture.md", "package.json", "biome.json", "samples"].flatMap(inRoot),
  ...["webview", "webview/styles", "src/documents", "src/documents/code", "test/golden/tokenizers", "media"].flatMap(
    inRoot,
  ),
];

function inRoot(name: string): [string, string][] {
  const whole = path.join(root, name);
  const names = name.includes(".") ? [name] : readdirSync(whole).map((one) => path.join(name, one));
  return names
    .filter((one) => /\.(?:md|json|jsonl|csv|tsv|ts|css|py|svg|txt|html|tex|yml|yaml|log|ipynb|srt)$/.test(one))
    .slice(0, 12)
    .map((one): [string, string] => [one, readFileSync(path.join(root, one), "utf8").slice(0, 60_000)]);
}

describe("any place of a file", () => {
  it("has files of several kinds", () => {
    expect(new Set(files.map(([name]) => path.extname(name))).size).toBeGreaterThanOrEqual(6);
  });

  it.each(files)("is read with exact ranges, or refused with a word: %s", (name, content) => {
    const draw = new Draw(content.length);
    for (const text of [content, content.replaceAll("\n", "\r\n")]) {
      for (let round = 0; round < 40; round++) {
        const start = draw.below(text.length + 1);
        const end = round % 2 === 0 ? start : Math.min(text.length, start + draw.below(draw.of([3, 40, 2000])));
        expectExact(text, start, end, name);
      }
      for (const reading of readPassages({ text, offset: 0, start: 0, end: text.length, language: "", path: name })) {
        expectRuns(text, reading.text, reading.runs);
      }
    }
  });
});

function expectExact(text: string, start: number, end: number, name: string): void {
  let reading: Reading;
  try {
    reading = readDocument({ text, offset: 0, start, end, language: "", path: name });
  } catch (error) {
    expect(error).toBeInstanceOf(ExplainError);
    return;
  }
  expectRuns(text, reading.text, reading.runs);
  const { start: first, end: last } = new OffsetMap(reading).toDocument({ start: 0, end: reading.text.length });
  // Half a line end is nothing that can be selected.
  if (start < end && text.slice(start, end) !== "\r") {
    // What is read of a selection is in it, but for the words that it cuts.
    expect(text.slice(first, Math.max(first, start))).toMatch(/^\S*$/);
    expect(text.slice(Math.min(end, last), last)).toMatch(/^\S*$/);
  }
}

/** Each stretch of the text that is as long as its source is the same there, but for kinds of white space; none goes back. */
function expectRuns(document: string, text: string, runs: readonly number[]): void {
  let at = 0;
  let before = 0;
  for (let run = 0; run < runs.length; run += 3) {
    const [length = 0, start = 0, end = 0] = runs.slice(run, run + 3);
    const words = text.slice(at, at + length);
    expect(start).toBeGreaterThanOrEqual(before);
    expect(end).toBeGreaterThanOrEqual(start);
    if (length === end - start) {
      // A space may stand for a line end, or for what is between two fields.
      const source = words
        .split("")
        .map((word, unit) => (/\s/.test(word) ? word : document[start + unit]))
        .join("");
      expect(source).toBe(words);
    }
    at += length;
    before = end;
  }
  expect(at).toBe(text.length);
}
