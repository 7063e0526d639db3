import { secondUnitClass } from "./alphabet";
import { type AnchorKind, anchorKinds, type Program } from "./program";

/** The place one character before another. */
export function placeBefore(classes: Uint16Array, place: number): number {
  return classes[place - 1] === secondUnitClass ? place - 2 : place - 1;
}

/** Whether a place in a text of `length` units is what an anchor asks for; the search began at `from`. */
export function isAt(
  kind: number,
  place: number,
  classes: Uint16Array,
  length: number,
  from: number,
  program: Program,
): boolean {
  const { rows, word, lineFeed } = program;
  const here = (row: number) => rows[row + (classes[place] ?? 0)] === 1;
  const before = (row: number) => place > 0 && rows[row + (classes[placeBefore(classes, place)] ?? 0)] === 1;
  const anchor: AnchorKind = anchorKinds[kind] ?? "textStart";
  switch (anchor) {
    case "textStart":
      return place === 0;
    case "textEnd":
      return place === length;
    case "lastLineEnd":
      return place === length || (place === length - 1 && here(lineFeed));
    case "lineStart":
      return place === 0 || (place < length && before(lineFeed));
    case "lineEnd":
      return place === length || here(lineFeed);
    case "searchStart":
      return place === from;
    case "word":
      return here(word) !== before(word);
    case "notWord":
      return here(word) === before(word);
  }
}
