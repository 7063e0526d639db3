import { formatPercent } from "../../src/common/format";
import type { AttentionOverview } from "../../src/common/look";
import type { PanelStrings } from "../../src/common/panelStrings";
import { element } from "../dom";
import { decayCurve, strongestColumns } from "./attentionMath";
import { formatWeight, type PictureModel } from "./picture";

const cellsAtMost = 1600;
const strongestShown = 5;

interface Column {
  readonly name: string;
  readonly numeric: boolean;
}

function plainTable(caption: string, columns: readonly Column[], rows: readonly (readonly string[])[]): HTMLElement {
  const head = columns.map(({ name, numeric }) =>
    element("th", { text: name, class: numeric ? "number" : "", attributes: { scope: "col" } }),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      ...row.map((text, index) =>
        element("td", { class: columns[index]?.numeric ? "number" : "" }, element("bdi", { text })),
      ),
    ),
  );
  const table = element(
    "table",
    { class: "plain" },
    element("caption", { class: "unseen", text: caption }),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
  return scrolling(caption, table);
}

/** A region that scrolls by itself must be reachable with the keyboard. */
function scrolling(name: string, table: HTMLElement): HTMLElement {
  return element(
    "div",
    { class: "scroller", attributes: { tabindex: "0", role: "region", "aria-label": name } },
    table,
  );
}

/** All heads with their figures instead of thumbnails. */
export function overviewTable({ figures }: AttentionOverview, caption: string, strings: PanelStrings): HTMLElement {
  const columns = [
    { name: strings.layer, numeric: true },
    { name: strings.head, numeric: true },
    { name: strings.entropy, numeric: true },
    { name: strings.meanDistance, numeric: true },
    { name: strings.specialMass, numeric: true },
  ];
  const rows = figures.map(({ layer, head, entropy, meanDistance, specialMass }) => [
    String(layer + 1),
    String(head + 1),
    entropy.toFixed(1),
    meanDistance.toFixed(1),
    formatPercent(specialMass),
  ]);
  return plainTable(caption, columns, rows);
}

/** A matrix in numbers; of a large one, the strongest keys of each query. */
export function matrixTable(model: PictureModel, label: string, strings: PanelStrings): HTMLElement {
  return model.shaped.values.length <= cellsAtMost ? fullTable(model, label) : strongestTable(model, strings);
}

function fullTable({ shaped, rowLabels, columnLabels }: PictureModel, label: string): HTMLElement {
  const head = columnLabels.map(({ text }) =>
    element("th", { class: "number", attributes: { scope: "col" } }, element("bdi", { text })),
  );
  const body = shaped.rows.map((_, row) =>
    element(
      "tr",
      {},
      element("th", { attributes: { scope: "row" } }, element("bdi", { text: rowLabels[row]?.text ?? "" })),
      ...shaped.columns.map((__, column) =>
        element("td", {
          class: "number",
          text: formatWeight(shaped.values[row * shaped.columns.length + column] ?? 0),
        }),
      ),
    ),
  );
  const table = element(
    "table",
    { class: "plain matrix" },
    element("caption", { class: "unseen", text: label }),
    element("thead", {}, element("tr", {}, element("td"), ...head)),
    element("tbody", {}, ...body),
  );
  return scrolling(label, table);
}

function strongestTable({ shaped, rowLabels, columnLabels }: PictureModel, strings: PanelStrings): HTMLElement {
  const rows = shaped.rows.flatMap((_, row) =>
    strongestColumns(shaped, row, strongestShown).map(({ column, value }) => [
      rowLabels[row]?.text ?? "",
      columnLabels[column]?.text ?? "",
      formatWeight(value),
    ]),
  );
  const columns = [
    { name: strings.queries, numeric: false },
    { name: strings.keys, numeric: false },
    { name: strings.weight, numeric: true },
  ];
  return plainTable(strings.strongestOfEachRow, columns, rows);
}

/** Mean attention by distance in numbers. */
export function curveTable({ shaped }: PictureModel, strings: PanelStrings): HTMLElement {
  const { back, ahead } = decayCurve(shaped);
  const columns = [
    { name: strings.distance, numeric: true },
    { name: strings.back, numeric: true },
    { name: strings.ahead, numeric: true },
  ];
  const rows = Array.from(back, (value, distance) => [
    String(distance),
    formatWeight(value),
    formatWeight(ahead[distance] ?? 0),
  ]);
  return plainTable(strings.curveTitle, columns, rows);
}
