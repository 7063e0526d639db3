import type { Explanation } from "../../src/common/explanation";
import type { PanelStrings } from "../../src/common/panelStrings";
import { element, setText } from "../dom";
import type { PredictionDrawing, PredictionView } from "./prediction";

/** Says that there is no prediction. */
class NoPredictionView implements PredictionView {
  readonly element = element("p", { class: "dim" });

  update(_explanation: Explanation, strings: PanelStrings): void {
    setText(this.element, strings.noPrediction);
  }
}

/** A model that says nothing of a text: there is nothing that scores could be for. */
export const noneDrawing: PredictionDrawing = {
  make: () => new NoPredictionView(),
  hues: () => ({ against: [], supports: [] }),
};
