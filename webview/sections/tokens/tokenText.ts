import { keptInOrder } from "../../../src/common/cleanWords";
import { attentionBars, type Received } from "../../../src/common/colourScale";
import type { Explanation, UnitKind } from "../../../src/common/explanation";
import { type Segment, textsOf } from "../../../src/common/explanation";
import type { ScoreKind } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { type ScoredUnit, shownScore } from "../../../src/common/scoredUnits";
import { neededBy } from "../../../src/common/task";
import { element, setAttribute, uniqueId, visibleText } from "../../dom";
import { textRuns } from "./textRuns";

/** What the text is drawn from. */
export interface TokenTextModel {
  readonly explanation: Explanation;
  readonly kind: UnitKind;
  readonly units: readonly ScoredUnit[];
  /** Scores carry a sign; otherwise they are shares of attention. */
  readonly scores: ScoreKind;
  /** The colour of each unit: of the blue hue above 0, of the orange one below; see `unitBuckets`. */
  readonly buckets: readonly number[];
  /** Attention received per unit, `null` where none was computed. */
  readonly attention: readonly Received[] | null;
  readonly masked: ReadonlySet<number>;
  readonly strings: PanelStrings;
}

/** What happens to a unit of the text. */
export interface TokenTextListeners {
  /** The pointer or the focus is on a unit, or on none. */
  point(unit: number | null): void;
  /** The focus has come to a unit, by click or keyboard. */
  settle(unit: number): void;
  toggle(unit: number): void;
}

/** The person's text, coloured as in the editor; every unit is a toggle button, walked with the arrow keys. */
export class TokenText {
  readonly element = element("div", { class: "token-text", attributes: { role: "group" } });
  readonly #help = element("span", { class: "unseen" });
  readonly #listeners: TokenTextListeners;
  #buttons: HTMLElement[] = [];
  #drawn = "";
  #current = 0;

  constructor(listeners: TokenTextListeners) {
    this.#listeners = listeners;
    this.#help.id = uniqueId("help");
    this.element.setAttribute("aria-describedby", this.#help.id);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#with(event, (unit) => this.#activate(unit)));
    this.element.addEventListener("pointerover", (event) => this.#with(event, (unit) => listeners.point(unit)));
    this.element.addEventListener("pointerleave", () => listeners.point(null));
    this.element.addEventListener("focusin", (event) => this.#with(event, (unit) => listeners.settle(unit)));
    this.element.addEventListener("focusout", () => listeners.point(null));
  }

  update(model: TokenTextModel): void {
    const { explanation, units, kind, strings } = model;
    const wanted = JSON.stringify([textsOf(explanation), kind, units.map(({ start }) => start)]);
    if (wanted !== this.#drawn) {
      this.#drawn = wanted;
      this.#build(model);
    }
    this.element.setAttribute("aria-label", strings.text);
    this.#help.textContent = strings.textHelp;
    const signed = model.scores === "signed";
    const bars = attentionBars(model.attention ?? []);
    units.forEach((unit, index) => {
      const button = this.#buttons[index];
      if (button) {
        const bucket = model.buckets[index] ?? 0;
        const masked = unit.tokens.some((token) => model.masked.has(token));
        setAttribute(button, "data-bucket", signed ? String(bucket) : null);
        setAttribute(button, "data-heat", model.scores === "attention" ? String(bucket) : null);
        setAttribute(button, "data-size", model.scores === "size" ? String(bucket) : null);
        setAttribute(button, "data-attention", String(bars[index] ?? 0));
        setAttribute(button, "aria-pressed", String(masked));
        setAttribute(button, "aria-label", `${visibleText(unit.text)} ${shownScore(model.scores, unit.score)}`);
      }
    });
  }

  /** Puts the keyboard focus on a unit and scrolls it into view. */
  focus(unit: number): void {
    this.#move(unit);
  }

  #build({ explanation, units, kind, strings }: TokenTextModel): void {
    this.#buttons = [];
    this.#current = Math.min(this.#current, Math.max(0, units.length - 1));
    const hadFocus = this.element.contains(document.activeElement);
    const paragraphs = [this.#paragraph(explanation.text, units, 0)];
    for (const { segment, text } of textsOf(explanation).slice(1)) {
      const second = neededBy(explanation.model.task) === "question" ? strings.questionText : strings.secondText;
      const heading = segment === 1 ? second : strings.outputText;
      paragraphs.push(element("p", { class: "small dim", text: heading }), this.#paragraph(text, units, segment));
    }
    this.element.dataset.kind = kind;
    this.element.replaceChildren(...paragraphs, this.#help);
    this.#buttons.forEach((button, index) => {
      button.tabIndex = index === this.#current ? 0 : -1;
    });
    if (hadFocus) {
      this.#buttons[this.#current]?.focus();
    }
  }

  #paragraph(text: string, units: readonly ScoredUnit[], segment: Segment): HTMLElement {
    const paragraph = element("p", { class: "running", attributes: { dir: "auto" } });
    for (const run of textRuns(text, units, segment)) {
      if ("unit" in run) {
        const button = element("span", { class: "unit", attributes: { role: "button" } });
        button.dataset.unit = String(run.unit);
        fillUnit(button, run.text);
        this.#buttons[run.unit] = button;
        paragraph.append(button);
      } else {
        paragraph.append(keptInOrder(run.text));
      }
    }
    return paragraph;
  }

  #with(event: Event, act: (unit: number) => void): void {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-unit]") : null;
    if (button) {
      act(Number(button.dataset.unit));
    }
  }

  #activate(unit: number): void {
    this.#move(unit);
    this.#listeners.toggle(unit);
  }

  #key(event: KeyboardEvent): void {
    const last = this.#buttons.length - 1;
    const rtl = getComputedStyle(event.target as Element).direction === "rtl";
    const forward = rtl ? "ArrowLeft" : "ArrowRight";
    const backward = rtl ? "ArrowRight" : "ArrowLeft";
    const moves: Record<string, number> = {
      [forward]: this.#current + 1,
      [backward]: this.#current - 1,
      ArrowDown: this.#beside(1),
      ArrowUp: this.#beside(-1),
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#move(Math.max(0, Math.min(last, to)));
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#listeners.toggle(this.#current);
    }
  }

  /** The unit nearest above or below the current one. */
  #beside(direction: 1 | -1): number {
    const from = this.#buttons[this.#current]?.getBoundingClientRect();
    if (!from) {
      return this.#current;
    }
    let best = this.#current;
    let bestAway = Number.POSITIVE_INFINITY;
    this.#buttons.forEach((button, index) => {
      const to = button.getBoundingClientRect();
      const down = (to.top - from.top) * direction;
      const away = down * 1000 + Math.abs(to.left - from.left);
      if (down > from.height / 2 && away < bestAway) {
        best = index;
        bestAway = away;
      }
    });
    return best;
  }

  #move(unit: number): void {
    const from = this.#buttons[this.#current];
    const to = this.#buttons[unit];
    if (to) {
      if (from) {
        from.tabIndex = -1;
      }
      to.tabIndex = 0;
      this.#current = unit;
      to.focus();
    }
  }
}

function fillUnit(button: HTMLElement, text: string): void {
  if (text === "") {
    button.append(element("span", { class: "dim", text: "·" }));
    return;
  }
  // Line ends and tabs inside a unit get a mark, so that there is something to see and to click.
  for (const part of text.split(/(\r\n|\r|\n|\t)/)) {
    if (part === "\t") {
      button.append(element("span", { class: "dim", text: "⇥" }), part);
    } else if (/^[\r\n]/.test(part)) {
      button.append(element("span", { class: "dim", text: "↵" }), part);
    } else if (part !== "" && part.trim() === "" && text.trim() === "") {
      button.append(element("span", { class: "dim", text: "␣".repeat(part.length) }));
    } else if (part !== "") {
      button.append(keptInOrder(part));
    }
  }
}
