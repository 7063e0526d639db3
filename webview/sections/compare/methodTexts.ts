import { keptInOrder } from "../../../src/common/cleanWords";
import type { Attribution, Explanation } from "../../../src/common/explanation";
import { textsOf } from "../../../src/common/explanation";
import { type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { type ScoredUnit, scoredUnits, shownScore, strongest, unitBuckets } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { linkButton } from "../../controls";
import { element, setText, visibleText } from "../../dom";
import { textRuns } from "../tokens/textRuns";
import { rowName } from "./compareColumns";
import type { CompareRow } from "./compareRows";

/** So many units of a text are drawn for each method; more would be neither read nor drawn quickly. */
const mostUnits = 400;
const strongestSaid = 5;

/** What the texts are drawn from. */
export interface MethodTextsModel {
  readonly explanation: Explanation;
  readonly rows: readonly CompareRow[];
  /** Which hue what goes up has; see `colourSign`. */
  readonly sign: 1 | -1;
  /** The methods that the editor shows. */
  readonly shown: readonly MethodId[];
  readonly strings: PanelStrings;
}

/** What happens in the texts. */
export interface MethodTextsListeners {
  /** A method is to be the one in the editor. */
  choose(method: MethodId): void;
  /** The pointer is on tokens, or on none. */
  point(tokens: readonly number[]): void;
}

/** The same text once for each method, coloured by its scores. */
export class MethodTexts {
  readonly element = element("table", { class: "ways" });
  readonly #caption = element("caption", { class: "unseen" });
  readonly #body = element("tbody");
  readonly #listeners: MethodTextsListeners;
  /** The drawn text of each attribution, so that sorting draws none again. */
  #drawn = new Map<Attribution, HTMLElement>();
  #key = "";

  constructor(listeners: MethodTextsListeners) {
    this.#listeners = listeners;
    this.element.append(this.#caption, this.#body);
    this.element.addEventListener("pointerover", ({ target }) => {
      const cell = target instanceof Element ? target.closest<HTMLElement>("[data-tokens]") : null;
      listeners.point(cell?.dataset.tokens?.split(" ").map(Number) ?? []);
    });
    this.element.addEventListener("pointerleave", () => listeners.point([]));
  }

  update({ explanation, rows, sign, shown, strings }: MethodTextsModel): void {
    const key = JSON.stringify([textsOf(explanation), sign, strings.strongestHere]);
    const before = key === this.#key ? this.#drawn : new Map<Attribution, HTMLElement>();
    this.#key = key;
    this.#drawn = new Map();
    setText(this.#caption, strings.sameWords);
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    const method = focused?.closest<HTMLElement>("[data-method]")?.dataset.method;
    this.#body.replaceChildren(
      ...rows.map((row) => {
        const text =
          row.attribution && (before.get(row.attribution) ?? drawText(explanation, row.attribution, sign, strings));
        if (row.attribution && text) {
          this.#drawn.set(row.attribution, text);
        }
        return this.#row(row, text, shown.includes(row.method), strings);
      }),
    );
    if (method !== undefined) {
      this.#body.querySelector<HTMLElement>(`[data-method="${method}"] button, [data-method="${method}"] th`)?.focus();
    }
  }

  #row(row: CompareRow, text: HTMLElement | undefined, isShown: boolean, strings: PanelStrings): HTMLElement {
    const { scores } = methodInfo(row.method);
    const name = element(
      "th",
      { attributes: { scope: "row", tabindex: "-1" } },
      element("span", { text: rowName(row, strings) }),
    );
    if (isShown) {
      name.append(element("span", { class: "small dim", text: strings.inTheEditor }));
    } else if (row.attribution && scores !== "size") {
      const show = linkButton(() => this.#listeners.choose(row.method));
      setText(show, strings.showInEditor);
      show.setAttribute("aria-label", `${strings.showInEditor}: ${rowName(row, strings)}`);
      name.append(show);
    }
    const cell = element("td");
    if (text) {
      cell.append(text);
    } else if (row.refused !== null) {
      cell.append(element("span", { text: fill(strings.addingFailed, row.refused) }));
    }
    const made = element("tr", { attributes: isShown ? { "aria-current": "true" } : {} }, name, cell);
    made.dataset.method = row.method;
    return made;
  }
}

/** A text with the colours of one method; to be read out, its strongest words. */
function drawText(
  explanation: Explanation,
  attribution: Attribution,
  sign: 1 | -1,
  strings: PanelStrings,
): HTMLElement {
  const units = scoredUnits(explanation, attribution);
  const buckets = unitBuckets(units, attribution);
  const { scores } = methodInfo(attribution.method);
  const name = { signed: "data-bucket", attention: "data-heat", size: "data-size" }[scores];
  const shown = units.slice(0, mostUnits);
  const texts = textsOf(explanation).map(({ text, segment }) => {
    const end =
      shown.length < units.length ? (shown.findLast((unit) => unit.segment === segment)?.end ?? 0) : text.length;
    const paragraph = element("p", { class: "running", attributes: { dir: "auto" } });
    for (const run of textRuns(text.slice(0, end), shown, segment)) {
      const unit = "unit" in run ? shown[run.unit] : undefined;
      if ("unit" in run && unit) {
        const bucket = (scores === "signed" ? sign : 1) * (buckets[run.unit] ?? 0);
        const cell = element("span", { text: keptInOrder(run.text), attributes: { [name]: String(bucket) } });
        cell.dataset.tokens = unit.tokens.join(" ");
        cell.title = shownScore(scores, unit.score);
        paragraph.append(cell);
      } else {
        paragraph.append(keptInOrder(run.text));
      }
    }
    return paragraph;
  });
  const cut =
    shown.length < units.length
      ? [element("p", { class: "small dim", text: fill(strings.cutHere, shown.length, units.length) })]
      : [];
  return element(
    "div",
    {},
    element("p", { class: "unseen", text: saidText(units, buckets, attribution, strings) }),
    element("div", { class: "drawn", attributes: { "aria-hidden": "true" } }, ...texts),
    ...cut,
  );
}

function saidText(
  units: readonly ScoredUnit[],
  buckets: readonly number[],
  { method }: Attribution,
  strings: PanelStrings,
): string {
  const { scores } = methodInfo(method);
  const { shown } = strongest(
    units.map(({ score }) => score),
    strongestSaid,
  );
  const words = shown.slice(0, strongestSaid).flatMap((at) => {
    const unit = units[at];
    return unit && buckets[at] !== 0 ? [`${visibleText(unit.text)} ${shownScore(scores, unit.score)}`] : [];
  });
  return words.length === 0 ? strings.noScore : fill(strings.strongestHere, words.join(", "));
}
