import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { element, setAttribute, setText } from "../../dom";
import type { CompareColumn, CompareSort } from "./compareColumns";
import type { CompareRow } from "./compareRows";

/** Each method's figures, with headings that sort all rows. */
export class FiguresTable {
  readonly element = element("div", { class: "scroller-x" });
  readonly #caption = element("caption", { class: "unseen" });
  readonly #head = element("tr");
  readonly #body = element("tbody");
  readonly #onSort: (column: CompareColumn) => void;
  readonly #buttons = new Map<string, HTMLButtonElement>();
  #columns: readonly CompareColumn[] = [];

  constructor(onSort: (column: CompareColumn) => void) {
    this.#onSort = onSort;
    const table = element(
      "table",
      { class: "plain figures-of-methods" },
      this.#caption,
      element("thead", {}, this.#head),
      this.#body,
    );
    this.element.append(table);
  }

  update(
    rows: readonly CompareRow[],
    columns: readonly CompareColumn[],
    { column: by, descending }: CompareSort,
    strings: PanelStrings,
  ): void {
    this.#columns = columns;
    setText(this.#caption, strings.howFarToTrust);
    // What is moved to another place on the page loses the focus.
    const focused = document.activeElement;
    const heads = columns.map((column) => {
      const { id, title, help, isNumber } = column;
      const button = this.#buttons.get(id) ?? this.#button(id);
      const direction = by !== id ? "none" : descending ? "descending" : "ascending";
      setText(button, `${title}${by !== id ? "" : descending ? " ↓" : " ↑"}`);
      setAttribute(button, "title", help ?? fill(strings.sortBy, title));
      return element(
        "th",
        { class: isNumber ? "number" : "", attributes: { scope: "col", "aria-sort": direction } },
        button,
      );
    });
    this.#head.replaceChildren(...heads);
    if (focused instanceof HTMLElement && this.#head.contains(focused)) {
      focused.focus();
    }
    this.#body.replaceChildren(...rows.map((row) => figuresRow(row, columns)));
  }

  #button(id: string): HTMLButtonElement {
    const sort = () => {
      const column = this.#columns.find((one) => one.id === id);
      if (column) {
        this.#onSort(column);
      }
    };
    const button = element("button", { attributes: { type: "button" }, on: { click: sort } });
    this.#buttons.set(id, button);
    return button;
  }
}

function figuresRow(row: CompareRow, columns: readonly CompareColumn[]): HTMLElement {
  const [first, ...others] = columns;
  return element(
    "tr",
    { class: methodInfo(row.method).isBlind ? "dim" : "" },
    element("th", { text: first?.words(row) ?? "", attributes: { scope: "row" } }),
    ...others.map(({ words, isNumber }) => element("td", { class: isNumber ? "number" : "", text: words(row) })),
  );
}
