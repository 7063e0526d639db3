/** A piece of a text on its line: what stands in it, from which column on, and which of the units it belongs to; `null` between them. */
export interface PlacedText {
  readonly text: string;
  readonly column: number;
}

/** {@link PlacedText} with the place of its unit in the list. */
export interface Placed extends PlacedText {
  readonly place: number | null;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Characters that take two columns of fixed-pitch text. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const unseen = /[\p{M}\p{Cf}]/u;

/** How many columns of fixed-pitch text a text takes. */
export function columnsOf(text: string): number {
  return Array.from(text).reduce((sum, one) => sum + (unseen.test(one) ? 0 : wide.test(one) ? 2 : 1), 0);
}

/** Lays out a text in lines of at most so many columns: words stay whole where they fit, and every piece keeps its unit. Units are in reading order. */
export function placeText(
  text: string,
  units: readonly Stretch[],
  columns: number,
): { readonly lines: Placed[][]; readonly isRightToLeft: boolean } {
  const lines: Placed[][] = [[]];
  let column = 0;
  const wrap = () => {
    lines.push([]);
    column = 0;
  };
  for (const word of wordsOf(text, units)) {
    const length = word.reduce((sum, piece) => sum + columnsOf(piece.text), 0);
    if (word.some((piece) => piece.text === "\n")) {
      wrap();
      continue;
    }
    if (column > 0 && column + length > columns) {
      wrap();
    }
    for (const { text: whole, place } of word) {
      for (const piece of cut(whole, columns)) {
        if (column > 0 && column + columnsOf(piece) > columns) {
          wrap();
        }
        lines.at(-1)?.push({ text: piece, column, place });
        column += columnsOf(piece);
      }
    }
  }
  const [first] = /[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}]|\p{L}/u.exec(text) ?? [""];
  return { lines, isRightToLeft: /[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}]/u.test(first) };
}

interface Piece {
  readonly text: string;
  readonly place: number | null;
}

/** A text as words, each of one or several pieces, and single spaces and line ends between them. */
function wordsOf(text: string, units: readonly Stretch[]): Piece[][] {
  const words: Piece[][] = [];
  let isOpen = false;
  const add = (part: string, place: number | null) => {
    for (const piece of part.match(/\r?\n|[^\S\n]|\S+/gu) ?? []) {
      const isSpace = /^\s+$/u.test(piece);
      const shown = { text: piece === "\r\n" ? "\n" : piece === "\t" ? " " : piece, place };
      if (isOpen && !isSpace) {
        words.at(-1)?.push(shown);
      } else {
        words.push([shown]);
      }
      isOpen = !isSpace;
    }
  };
  let position = 0;
  for (const [place, { start, end }] of units.entries()) {
    add(text.slice(position, start), null);
    // Several units may share a character; it is written once.
    add(text.slice(Math.max(position, start), end), place);
    position = Math.max(position, end);
  }
  add(text.slice(position), null);
  return words;
}

/** A piece as parts that fit a line each. */
function cut(text: string, columns: number): string[] {
  const parts: string[] = [""];
  for (const character of text) {
    const last = parts.at(-1) ?? "";
    if (last !== "" && columnsOf(last) + columnsOf(character) > columns) {
      parts.push(character);
    } else {
      parts[parts.length - 1] = last + character;
    }
  }
  return parts;
}
