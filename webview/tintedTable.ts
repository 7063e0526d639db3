import { element } from "./dom";

/** Numbers in rows, all on one scale. */
interface TintedRows {
  readonly caption: string;
  /** What stands over the rows' names, and over each column. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly cells: readonly { readonly value: number; readonly words: string }[];
  }[];
}

/** The strongest tint of a cell, in per cent, over which words can still be read. */
const strongestTint = 45;

/** A table of numbers whose cells are tinted by them: the picture and its words in one. It scrolls by itself where it is too wide. */
export function tintedTable({ caption, corner, columns, rows }: TintedRows): HTMLElement {
  const most = Math.max(Number.MIN_VALUE, ...rows.flatMap(({ cells }) => cells.map(({ value }) => value)));
  const heads = [corner, ...columns].map((text, at) =>
    element("th", { class: at === 0 ? "" : "number", text, attributes: { scope: "col" } }),
  );
  const body = rows.map(({ name, cells }) =>
    element(
      "tr",
      {},
      element("th", { text: name, attributes: { scope: "row" } }),
      ...cells.map(({ value, words }) => {
        const cell = element("td", { class: "number", text: words });
        cell.style.setProperty("--tint-share", `${Math.round((strongestTint * Math.max(0, value)) / most)}%`);
        return cell;
      }),
    ),
  );
  const table = element(
    "table",
    { class: "tinted" },
    element("caption", { class: "unseen", text: caption }),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...body),
  );
  // A region that scrolls by itself must be reachable with the keyboard.
  return element(
    "div",
    { class: "scroller-x", attributes: { tabindex: "0", role: "region", "aria-label": caption } },
    table,
  );
}
