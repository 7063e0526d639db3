import type { Explanation } from "./explanation";

/** What a model gives: classes with their probabilities, or plain numbers. */
export type PredictionKind = "classes" | "number";

/** Which kind of prediction an explanation is about. */
export function predictionKind({ target }: { readonly target: Pick<Explanation["target"], "kind"> }): PredictionKind {
  return target.kind === "number" ? "number" : "classes";
}
