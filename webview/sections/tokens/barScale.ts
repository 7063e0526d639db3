import { element } from "../../dom";

/** Where values lie on a bar's track, in per cent of its width. */
export class BarScale {
  readonly #low: number;
  readonly #span: number;

  readonly #sign: 1 | -1;

  /** The scale holds 0 unless that is said; `sign` −1 gives what goes up the hue of "against". */
  constructor(values: readonly number[], sign: 1 | -1, holdsZero = true) {
    this.#sign = sign;
    const held = holdsZero ? [0, ...values] : values;
    this.#low = held.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
    const high = held.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    this.#span = high - this.#low || 1;
  }

  at(value: number): number {
    return ((value - this.#low) / this.#span) * 100;
  }

  /** A bar from one value to another, coloured by which way it goes unless `tone` is given. */
  bar(from: number, to: number, tone = (to - from) * this.#sign < 0 ? "against" : "supports"): HTMLElement {
    const bar = element("div", { class: `fill ${tone}` });
    bar.style.left = `${Math.min(this.at(from), this.at(to))}%`;
    bar.style.width = `${Math.abs(this.at(to) - this.at(from))}%`;
    return bar;
  }

  /** A thin upright line at a value. */
  mark(value: number, className: string): HTMLElement {
    const mark = element("div", { class: className });
    mark.style.left = `${this.at(value)}%`;
    return mark;
  }

  /** A whisker of one standard error to either side of a value. */
  whisker(value: number, error: number): HTMLElement {
    const whisker = element("div", { class: "whisker" });
    whisker.style.left = `${this.at(value - error)}%`;
    whisker.style.width = `${this.at(value + error) - this.at(value - error)}%`;
    return whisker;
  }
}
