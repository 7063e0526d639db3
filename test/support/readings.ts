import { expect } from "vitest";
import { OffsetMap, type Reading, type ReadRequest } from "../../src/common/reading";
import { readDocument } from "../../src/documents/readDocument";

/** A document with marks in it: `¦` is the cursor, `«` and `»` are the ends of the selection; without marks everything is selected. */
export function marked(language: string, source: string): ReadRequest {
  const text = source.replace(/[¦«»]/g, "");
  const cursor = source.indexOf("¦");
  const from = source.indexOf("«");
  const place =
    cursor >= 0
      ? { start: cursor, end: cursor }
      : from >= 0
        ? { start: from, end: source.indexOf("»") - 1 }
        : { start: 0, end: text.length };
  return { text, offset: 0, language, path: "", ...place };
}

/** Where each UTF-16 unit of a reading's text stands in the document. */
export function unitRanges(reading: Pick<Reading, "runs">): [number, number][] {
  const ranges: [number, number][] = [];
  for (let run = 0; run < reading.runs.length; run += 3) {
    const [length = 0, start = 0, end = 0] = reading.runs.slice(run, run + 3);
    for (let unit = 0; unit < length; unit++) {
      ranges.push(length === end - start ? [start + unit, start + unit + 1] : [start, end]);
    }
  }
  return ranges;
}

/**
 * A reading's text, with what stands in the document written beside what is written in another way there: `{&amp;=&}`. White space is shown as it is in
 * the text. Also checks that the ranges ascend and fit the text.
 */
export function shown(document: string, reading: Reading): string {
  const ranges = unitRanges(reading);
  expect(ranges.length).toBe(reading.text.length);
  let result = "";
  for (let at = 0; at < ranges.length; ) {
    const [start, end] = ranges[at] ?? [0, 0];
    let next = at + 1;
    while (next < ranges.length && ranges[next]?.[0] === start) {
      next++;
    }
    expect(ranges[next]?.[0] ?? Number.MAX_SAFE_INTEGER).toBeGreaterThanOrEqual(end);
    const text = reading.text.slice(at, next);
    const source = document.slice(start, end);
    result += source === text || /^\s$/.test(text) ? text : `{${source}=${text}}`;
    at = next;
  }
  return result;
}

/** Reads a marked document and shows it as {@link shown} does, or `error: reason`, or `raw(…)` where it was taken as it is. */
export function readShown(language: string, source: string): string {
  const request = marked(language, source);
  try {
    const reading = readDocument(request);
    const words = shown(request.text, reading);
    return reading.kind === "raw" ? `raw(${words})` : words;
  } catch (error) {
    return `error: ${error instanceof Error && "reason" in error ? error.reason : error}`;
  }
}

/** Reads a document, and expects a text whose characters stand exactly where `ranges` says; surrogate pairs stay whole. */
export function expectReading(
  request: ReadRequest,
  text: string,
  ranges: readonly (readonly [number, number])[],
): void {
  const reading = readDocument(request);
  const context = `${JSON.stringify(request.text)} ${request.start}–${request.end}`;
  expect(reading.text, context).toBe(text);
  expect(unitRanges(reading), context).toEqual(ranges);
  const map = new OffsetMap(reading);
  let at = 0;
  for (const character of text) {
    const last = at + character.length - 1;
    const span = map.toDocument({ start: at, end: at + character.length });
    expect(span, context).toEqual({ start: ranges[at]?.[0], end: ranges[last]?.[1] });
    if (character.length === 2) {
      expect(map.toDocument({ start: at, end: at + 1 }), context).toEqual(span);
      expect(map.toDocument({ start: at + 1, end: at + 2 }), context).toEqual(span);
    }
    at += character.length;
  }
}
