import type { Attribution, UnitKind } from "../../../src/common/explanation";
import { isMethodId, type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { shownUnits } from "../../../src/common/scoredUnits";
import { Choice, Segmented } from "../../controls";
import { element } from "../../dom";

/** Whose scores colour the text, and per what they are added up. */
export class TextControls {
  readonly element: HTMLElement;
  readonly #method: Choice;
  readonly #units: Segmented<UnitKind>;

  constructor(onMethod: (method: MethodId) => void, onUnits: (units: UnitKind) => void) {
    this.#method = new Choice((method) => isMethodId(method) && onMethod(method));
    this.#method.element.classList.add("method-choice");
    this.#units = new Segmented<UnitKind>(onUnits);
    this.element = element("div", { class: "controls" }, this.#method.element, this.#units.element);
  }

  /** Shows the method and the units that are on view, among all that could be. */
  update(
    methods: readonly MethodId[],
    attribution: Attribution | undefined,
    kind: UnitKind,
    strings: PanelStrings,
  ): void {
    const options = methods.map((method) => ({ value: method, label: methodInfo(method).label }));
    this.#method.element.hidden = options.length < 2;
    if (attribution) {
      this.#method.update(strings.method, options, attribution.method);
    }
    const unit = (value: UnitKind, label: string) => ({
      value,
      label,
      disabled: shownUnits(attribution, value) !== value,
    });
    const units = [
      unit("token", strings.unitToken),
      unit("word", strings.unitWord),
      unit("sentence", strings.unitSentence),
    ];
    this.#units.update(strings.unit, units, kind);
  }
}
