import type { PredictionKind } from "../../src/common/prediction/registry";
import { classesDrawing } from "./classes";
import { entitiesDrawing } from "./entities";
import { fillDrawing } from "./fill";
import { generatedDrawing } from "./generated";
import { noneDrawing } from "./none";
import { numberDrawing } from "./number";
import type { PredictionDrawing } from "./prediction";
import { similarityDrawing } from "./similarity";
import { spansDrawing } from "./spans";
import { surpriseDrawing } from "./surprise";

/** How each kind of prediction is shown. */
export const predictionDrawings: { readonly [K in PredictionKind]: PredictionDrawing } = {
  classes: classesDrawing,
  number: numberDrawing,
  entities: entitiesDrawing,
  fill: fillDrawing,
  spans: spansDrawing,
  generated: generatedDrawing,
  similarity: similarityDrawing,
  none: noneDrawing,
  surprise: surpriseDrawing,
};
