import { hasFields, isOneOf } from "../checks";
import { areOutcomes, type Outcome, type PredictionForm } from "./form";

/** Classes that share one probability, or have one each; the most probable first. */
export interface ClassesPrediction {
  readonly kind: "classes";
  readonly classes: readonly Outcome[];
}

/** How classes are listed. */
export const classes: PredictionForm<ClassesPrediction> = {
  outcomes: (prediction) => prediction.classes,
  columns: ["Class", "Logit", "Probability"],
  scores: "support",
  check: hasFields<ClassesPrediction>({ kind: isOneOf("classes"), classes: areOutcomes }),
};
