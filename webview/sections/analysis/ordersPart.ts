import { studyText, summarise, type TextStudy } from "../../../src/common/attentionStudy";
import { attentionVerdict, formatTau } from "../../../src/common/attentionVerdict";
import type { Explanation } from "../../../src/common/explanation";
import { formatPercent } from "../../../src/common/format";
import { attentionMethods, type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { averageProfile } from "../../../src/common/profileMean";
import { fill } from "../../../src/common/words";
import { element, setParts, setText } from "../../dom";
import { filled, sentence } from "../../words";

const command = "explain-transformer analyse --input FILE";

/** The verdict on attention, and what it comes from: how alike orders of words are, and what special tokens get. */
export class OrdersPart {
  readonly verdict = element("div", { attributes: { "aria-live": "polite" } });
  readonly caution = element("p", { class: "small dim caution" });
  readonly element = element("div", { class: "orders-columns" });
  readonly #title = element("h2");
  readonly #sentence = element("p", { class: "said" });
  readonly #ordersTitle = element("h2");
  readonly #orders = element("div", { class: "scroller-x" });
  readonly #help = element("p", { class: "small dim" });
  readonly #specialsTitle = element("h2");
  readonly #specials = element("table", { class: "bars" });
  /** What has been studied last: a status comes ten times a second. */
  #studied: { readonly explanation: Explanation; readonly strings: PanelStrings } | null = null;

  constructor() {
    this.verdict.append(this.#title, this.#sentence);
    this.element.append(
      element("section", {}, this.#ordersTitle, this.#orders, this.#help),
      element("section", {}, this.#specialsTitle, this.#specials),
    );
  }

  /** Draws the study of a text, or only the question where its methods are `complete` no more than in part. */
  update(explanation: Explanation, complete: boolean, strings: PanelStrings): void {
    this.element.hidden = !complete;
    this.#sentence.hidden = !complete;
    this.caution.hidden = !complete;
    setText(this.#title, strings.analysisTitle);
    if (!complete || (this.#studied?.explanation === explanation && this.#studied.strings === strings)) {
      return;
    }
    this.#studied = { explanation, strings };
    const study = studyText(explanation, averageProfile([]));
    const [verdict] = attentionVerdict(summarise([study]), strings);
    setText(this.#sentence, verdict ? sentence(verdict) : "");
    setParts(this.caution, filled(strings.oneTextSaysLittle, command));
    setText(this.#ordersTitle, strings.ordersTitle);
    setText(this.#help, strings.ordersHelp);
    this.#orders.replaceChildren(ordersTable(study, strings));
    setText(this.#specialsTitle, strings.specialsTitle);
    this.#specials.replaceChildren(
      element("caption", { class: "unseen", text: strings.specialsTitle }),
      element("tbody", {}, ...study.specials.map(specialRow)),
    );
  }
}

/** Whose orders of words are compared in rows and columns; the yardstick, which is no attention, last. */
function ordersTable({ pairs }: TextStudy, strings: PanelStrings): HTMLElement {
  const rows = [...new Set(pairs.map(({ first }) => first))];
  const columns = [...new Set(pairs.map(({ second }) => second))];
  const heads = columns.map((method) =>
    element("th", { class: "number", text: methodInfo(method).label, attributes: { scope: "col" } }),
  );
  const cell = (row: MethodId, column: MethodId): HTMLElement => {
    const pair = pairs.find(({ first, second }) => first === row && second === column);
    if (!pair) {
      return element("td", { class: "number dim", text: strings.untold });
    }
    return element(
      "td",
      { class: "number" },
      element("span", { class: pair.p <= 0.05 ? "strong" : "", text: formatTau(pair.tau) }),
      " ",
      element("span", { class: "small dim", text: fill(strings.chance, formatChance(pair.p)) }),
    );
  };
  return element(
    "table",
    { class: "plain orders" },
    element("caption", { class: "unseen", text: strings.ordersTitle }),
    element(
      "thead",
      {},
      element("tr", {}, element("th", { text: strings.orderBy, attributes: { scope: "col" } }), ...heads),
    ),
    element(
      "tbody",
      {},
      ...rows.map((row) => element("tr", {}, rowHead(row, strings), ...columns.map((column) => cell(row, column)))),
    ),
  );
}

function rowHead(method: MethodId, strings: PanelStrings): HTMLElement {
  const head = element("th", { text: methodInfo(method).label, attributes: { scope: "row" } });
  if (!attentionMethods.includes(method)) {
    head.append(element("span", { class: "small dim", text: `, ${strings.yardstick}` }));
  }
  return head;
}

function formatChance(p: number): string {
  return p < 0.0005 ? "< 0.001" : p.toFixed(3);
}

function specialRow({ method, share }: TextStudy["specials"][number]): HTMLElement {
  const bar = element("div", { class: "fill attention" });
  bar.style.width = `${100 * share}%`;
  return element(
    "tr",
    {},
    element("th", { class: "name", text: methodInfo(method).label, attributes: { scope: "row" } }),
    element("td", { class: "bar" }, element("div", { class: "track" }, bar)),
    element("td", { class: "number", text: formatPercent(share) }),
  );
}
