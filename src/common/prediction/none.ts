import { hasFields, isOneOf } from "../checks";
import type { PredictionForm } from "./form";

/** Nothing: the model has no head that says something of a text. */
export interface NoPrediction {
  readonly kind: "none";
}

/** How it is listed that there is no prediction. */
export const none: PredictionForm<NoPrediction> = {
  outcomes: () => [],
  columns: ["Output", "Number"],
  scores: "raise",
  check: hasFields<NoPrediction>({ kind: isOneOf("none") }),
};
