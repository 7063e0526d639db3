import type { Explanation } from "../src/common/explanation";
import { outcomesOf, positionOf } from "../src/common/prediction/registry";
import type { HostConnection } from "./messages";

/** Asks the host to explain the current text again with the question as it stands; other fields of `change` replace it. */
export function explainAgain(
  host: HostConnection,
  explanation: Explanation | null,
  change: {
    target?: string | null;
    versus?: string | null;
    position?: number | null;
    masked?: readonly number[];
  } = {},
): void {
  const { label, versus } = explanation?.target ?? { label: null, versus: null };
  // Without a choice of the person's own, edited text must be free to come out as another class.
  const target =
    explanation && label === outcomesOf(explanation.prediction)[0]?.label && versus === null ? null : label;
  const position = explanation && positionOf(explanation);
  host.tell("explainAgain", { target, versus, position, masked: explanation?.masked ?? [], ...change });
}
