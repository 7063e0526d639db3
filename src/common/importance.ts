import type { Attribution, Explanation } from "./explanation";
import { type ColouringChoice, methodInfo } from "./method";

/** The attribution behind the background colour: the wanted method, or the first signed one there is, which is the most faithful where that was asked for. */
export function importanceOf(explanation: Explanation, wanted: ColouringChoice | null): Attribution | undefined {
  if (!wanted) {
    return undefined;
  }
  return (
    explanation.attributions.find(({ method }) => method === wanted) ??
    explanation.attributions.find(({ method }) => {
      const { scores, isBlind } = methodInfo(method);
      return scores === "signed" && !isBlind;
    })
  );
}
