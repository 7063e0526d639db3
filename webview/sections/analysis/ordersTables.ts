import type { AttentionStudy, PairSummary } from "../../../src/common/attentionStudy";
import { formatTau } from "../../../src/common/attentionVerdict";
import { formatCount, formatPercent } from "../../../src/common/format";
import { attentionMethods, type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { element } from "../../dom";

/** How far two methods agree on one text. */
interface TextPair {
  readonly first: MethodId;
  readonly second: MethodId;
  readonly tau: number;
  readonly p: number;
}

/** Whose orders of the words of one text are compared in rows and columns; the yardstick, which is no attention, last. */
export function textOrders(pairs: readonly TextPair[], strings: PanelStrings): HTMLElement {
  const rows = [...new Set(pairs.map(({ first }) => first))];
  const columns = [...new Set(pairs.map(({ second }) => second))];
  const cell = (row: MethodId, column: MethodId): HTMLElement => {
    const pair = pairs.find(({ first, second }) => first === row && second === column);
    return pair
      ? figureCell(formatTau(pair.tau), fill(strings.chance, formatChance(pair.p)), pair.p <= 0.05)
      : element("td", { class: "number dim", text: strings.untold });
  };
  return ordersTable(
    columns.map((method) => methodInfo(method).label),
    rows.map((row) => ({ head: methodHead(row, strings), cells: columns.map((column) => cell(row, column)) })),
    strings,
  );
}

/** Whose orders of words are compared, by what was predicted, and over all texts where that is not the same. */
export function fileOrders({ pairs, classes, texts }: AttentionStudy, strings: PanelStrings): HTMLElement {
  const all = { label: strings.allTexts, texts, pairs };
  const groups = classes.length > 1 ? [...classes, all] : classes;
  const cell = (pair: PairSummary | undefined): HTMLElement => {
    if (!pair) {
      return element("td", { class: "number dim", text: strings.untold });
    }
    const mean = formatTau(pair.mean);
    const words = pair.texts > 1 ? `${mean} ± ${pair.deviation.toFixed(2)}` : mean;
    return figureCell(words, fill(strings.beyondChance, formatPercent(pair.significant)), false);
  };
  return ordersTable(
    groups.map(({ label, texts: count }) => fill(strings.textsOf, label, formatCount(count))),
    pairs.map(({ first, second }) => ({
      head: methodHead(first, strings, second),
      cells: groups.map((group) => cell(group.pairs.find((one) => one.first === first && one.second === second))),
    })),
    strings,
  );
}

function ordersTable(
  columns: readonly string[],
  rows: readonly { readonly head: HTMLElement; readonly cells: readonly HTMLElement[] }[],
  strings: PanelStrings,
): HTMLElement {
  const heads = columns.map((text) => element("th", { class: "number", text, attributes: { scope: "col" } }));
  return element(
    "table",
    { class: "plain orders" },
    element("caption", { class: "unseen", text: strings.ordersTitle }),
    element(
      "thead",
      {},
      element("tr", {}, element("th", { text: strings.orderBy, attributes: { scope: "col" } }), ...heads),
    ),
    element("tbody", {}, ...rows.map(({ head, cells }) => element("tr", {}, head, ...cells))),
  );
}

function methodHead(method: MethodId, strings: PanelStrings, other?: MethodId): HTMLElement {
  const { label } = methodInfo(method);
  const text = other ? fill(strings.twoOrders, label, methodInfo(other).label) : label;
  const head = element("th", { text, attributes: { scope: "row" } });
  if (!attentionMethods.includes(method)) {
    head.append(element("span", { class: "small dim", text: `, ${strings.yardstick}` }));
  }
  return head;
}

function figureCell(figure: string, remark: string, isStrong: boolean): HTMLElement {
  return element(
    "td",
    { class: "number" },
    element("span", { class: isStrong ? "strong" : "", text: figure }),
    " ",
    element("span", { class: "small dim", text: remark }),
  );
}

function formatChance(p: number): string {
  return p < 0.0005 ? "< 0.001" : p.toFixed(3);
}
