import type { ClassColours } from "../../src/common/classColours";
import type { Explanation, Target } from "../../src/common/explanation";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { HostConnection } from "../messages";

/** A prediction on the page: the headline, the question, and all that the model gives. */
export interface PredictionView {
  readonly element: HTMLElement;
  update(explanation: Explanation, strings: PanelStrings): void;
}

/** Words, with text that is not ours in elements of its own. */
export type Parts = readonly (string | HTMLElement)[];

/** How one kind of prediction is shown. */
export interface PredictionDrawing {
  make(host: HostConnection): PredictionView;
  /** What the two hues stand for, as the legend says it. */
  hues(
    target: Target,
    classes: ClassColours | null,
    strings: PanelStrings,
  ): { readonly against: Parts; readonly supports: Parts };
}
