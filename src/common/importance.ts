import { type Attribution, attributionOf, type Explanation } from "./explanation";
import { type MethodId, methodInfo } from "./method";

/** The attribution behind the background colour: the wanted method, or the first signed one there is. */
export function importanceOf(explanation: Explanation, wanted: MethodId | null): Attribution | undefined {
  if (!wanted) {
    return undefined;
  }
  return (
    attributionOf(explanation, wanted) ??
    explanation.attributions.find(({ method }) => {
      const { scores, isBlind } = methodInfo(method);
      return scores === "signed" && !isBlind;
    })
  );
}
