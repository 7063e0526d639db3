import type { Attribution, Explanation } from "../src/common/explanation";
import { importanceOf } from "../src/common/importance";
import type { Snapshot } from "./store";

/** The attribution the person looks at: the chosen method's, what colours the editor, or the first. */
export function shownAttribution(explanation: Explanation, snapshot: Snapshot): Attribution | undefined {
  const { view, status } = snapshot;
  return (
    explanation.attributions.find(({ method }) => method === view.method) ??
    importanceOf(explanation, status?.importance ?? null) ??
    explanation.attributions[0]
  );
}
