import type { Outcome } from "../../src/common/prediction/form";
import type { Prediction } from "../../src/common/prediction/registry";
import type { ReadText } from "../../src/tasks/task";

/** Classes as a prediction. */
export function classesPrediction(...classes: readonly Outcome[]): Prediction {
  return { kind: "classes", classes, threshold: null };
}

/** Plain numbers as a prediction. */
export function numberPrediction(...numbers: readonly Outcome[]): Prediction {
  return { kind: "number", value: numbers[0]?.logit ?? 0, numbers };
}

/** A text of windows with equal shares that have these outputs. */
export function readWindows(...outputs: readonly (readonly number[])[]): ReadText {
  const share = 1 / outputs.length;
  return {
    text: "",
    pair: null,
    tokens: [],
    wordEnds: () => [],
    windows: outputs.map((values) => ({ at: [], outputs: values, share, weights: [] })),
  };
}
