import { hasFields, isOneOf } from "../checks";
import { areOutcomes, isFigure, type Outcome, type PredictionForm } from "./form";

/** Plain numbers, in the model's order; `value` is the first. */
export interface NumberPrediction {
  readonly kind: "number";
  readonly value: number;
  readonly numbers: readonly Outcome[];
}

/** How plain numbers are listed. */
export const number: PredictionForm<NumberPrediction> = {
  outcomes: (prediction) => prediction.numbers,
  columns: ["Output", "Number"],
  scores: "raise",
  check: hasFields<NumberPrediction>({ kind: isOneOf("number"), value: isFigure, numbers: areOutcomes }),
};
