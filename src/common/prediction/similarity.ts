import { hasFields, isOneOf } from "../checks";
import { isFigure, type PredictionForm } from "./form";

/** How alike two texts are, from −1 to 1. */
export interface SimilarityPrediction {
  readonly kind: "similarity";
  readonly cosine: number;
}

/** How a similarity is listed. */
export const similarity: PredictionForm<SimilarityPrediction> = {
  outcomes: ({ cosine }) => [{ index: 0, label: "similarity", logit: cosine, probability: null }],
  columns: ["Output", "Cosine"],
  scores: "raise",
  check: hasFields<SimilarityPrediction>({ kind: isOneOf("similarity"), cosine: isFigure }),
};
