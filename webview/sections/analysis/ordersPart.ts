import type { AttentionStudy } from "../../../src/common/attentionStudy";
import { attentionVerdict } from "../../../src/common/attentionVerdict";
import { formatPercent } from "../../../src/common/format";
import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { element, setText } from "../../dom";
import { sentence } from "../../words";

/** A study, and the table of its orders of words. */
export interface Studied {
  readonly study: AttentionStudy;
  readonly table: HTMLElement;
}

/** The verdict on attention, and what it comes from: how alike orders of words are, and what special tokens get. */
export class OrdersPart {
  readonly verdict = element("div", { attributes: { "aria-live": "polite" } });
  readonly element = element("div", { class: "orders-columns" });
  readonly #title = element("h2");
  readonly #sentence = element("p", { class: "said" });
  readonly #ordersTitle = element("h2");
  readonly #orders = element("div", { class: "scroller-x" });
  readonly #help = element("p", { class: "small dim" });
  readonly #specialsTitle = element("h2");
  readonly #specials = element("table", { class: "bars" });
  /** What has been studied last: a status comes ten times a second. */
  #studied: { readonly source: object; readonly strings: PanelStrings } | null = null;

  constructor() {
    this.verdict.append(this.#title, this.#sentence);
    this.element.append(
      element("section", {}, this.#ordersTitle, this.#orders, this.#help),
      element("section", {}, this.#specialsTitle, this.#specials),
    );
  }

  /** Draws what `make` finds in a source, once for each; with no source only the question. */
  update(source: object | null, make: () => Studied, strings: PanelStrings): void {
    this.element.hidden = source === null;
    this.#sentence.hidden = source === null;
    setText(this.#title, strings.analysisTitle);
    if (source === null || (this.#studied?.source === source && this.#studied.strings === strings)) {
      return;
    }
    this.#studied = { source, strings };
    const { study, table } = make();
    const [verdict] = attentionVerdict(study, strings);
    setText(this.#sentence, verdict ? sentence(verdict) : "");
    setText(this.#ordersTitle, strings.ordersTitle);
    setText(this.#help, study.texts > 1 ? strings.ordersOfFileHelp : strings.ordersHelp);
    this.#orders.replaceChildren(table);
    setText(this.#specialsTitle, strings.specialsTitle);
    this.#specials.replaceChildren(
      element("caption", { class: "unseen", text: strings.specialsTitle }),
      element("tbody", {}, ...study.specials.map(specialRow)),
    );
  }
}

function specialRow({ method, share }: AttentionStudy["specials"][number]): HTMLElement {
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
