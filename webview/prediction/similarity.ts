import { numberDrawing } from "./number";
import type { PredictionDrawing } from "./prediction";

/** How alike two texts are: what makes them more alike, and what less. */
export const similarityDrawing: PredictionDrawing = numberDrawing;
