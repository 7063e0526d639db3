import { hasFields, isOneOf, orNull } from "../checks";
import { areOutcomes, isFigure, type Outcome, type PredictionForm } from "./form";

/** Classes that share one probability, or have one each; the most probable first. */
export interface ClassesPrediction {
  readonly kind: "classes";
  readonly classes: readonly Outcome[];
  /** The probability from which a class is said of the text, where each has one of its own; `null` where they share one. */
  readonly threshold: number | null;
}

/** How classes are listed. */
export const classes: PredictionForm<ClassesPrediction> = {
  outcomes: (prediction) => prediction.classes,
  headline: ({ classes, threshold }) =>
    threshold === null ? classes.slice(0, 1) : classes.filter(({ probability }) => (probability ?? 0) >= threshold),
  columns: ["Class", "Logit", "Probability"],
  scores: "support",
  check: hasFields<ClassesPrediction>({ kind: isOneOf("classes"), classes: areOutcomes, threshold: orNull(isFigure) }),
};
