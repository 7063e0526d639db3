import type { Segment, Unit } from "../../../src/common/explanation";

/** A piece of running text: what lies between units, or a unit by its place in the list. */
export type TextRun = { readonly text: string } | { readonly text: string; readonly unit: number };

/**
 * Cuts one segment's text into units and what lies between, in reading order. Units that share a range with an earlier
 * one (bytes of one character) come out with empty text.
 */
export function textRuns(
  text: string,
  units: readonly Pick<Unit, "start" | "end" | "segment">[],
  segment: Segment,
): TextRun[] {
  const runs: TextRun[] = [];
  let position = 0;
  units.forEach((unit, index) => {
    if (unit.segment !== segment) {
      return;
    }
    if (unit.start > position) {
      runs.push({ text: text.slice(position, unit.start) });
    }
    runs.push({ text: text.slice(Math.max(position, unit.start), Math.max(position, unit.end)), unit: index });
    position = Math.max(position, unit.end);
  });
  if (position < text.length) {
    runs.push({ text: text.slice(position) });
  }
  return runs;
}
