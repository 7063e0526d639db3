import { element } from "../../dom";

/** Numbers by layer, all on one scale. */
interface LayerNumbers {
  readonly caption: string;
  /** What stands over the layers' names, and over each column. */
  readonly corner: string;
  readonly columns: readonly string[];
  /** [layers, columns] */
  readonly values: readonly (readonly { readonly value: number; readonly words: string }[])[];
}

/** The strongest tint of a cell, in per cent, over which words can still be read. */
const strongestTint = 45;

/** A table of numbers whose cells are tinted by them: the picture and its words in one. It scrolls by itself where it is too wide. */
export function tintedTable({ caption, corner, columns, values }: LayerNumbers): HTMLElement {
  const most = Math.max(Number.MIN_VALUE, ...values.flat().map(({ value }) => value));
  const heads = [corner, ...columns].map((text, at) =>
    element("th", { class: at === 0 ? "" : "number", text, attributes: { scope: "col" } }),
  );
  const rows = values.map((cells, layer) =>
    element(
      "tr",
      {},
      element("th", { text: String(layer + 1), attributes: { scope: "row" } }),
      ...cells.map(({ value, words }) => {
        const cell = element("td", { class: "number", text: words });
        cell.style.setProperty("--tint-share", `${Math.round((strongestTint * value) / most)}%`);
        return cell;
      }),
    ),
  );
  const table = element(
    "table",
    { class: "tinted" },
    element("caption", { class: "unseen", text: caption }),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
  // A region that scrolls by itself must be reachable with the keyboard.
  return element(
    "div",
    { class: "scroller-x", attributes: { tabindex: "0", role: "region", "aria-label": caption } },
    table,
  );
}
