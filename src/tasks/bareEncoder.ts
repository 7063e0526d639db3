import { ExplainError } from "../common/errors";
import type { TaskKind } from "./task";

/** An encoder without a head: it says nothing of a text, and only its attention and states can be looked at. */
export const bareEncoder: TaskKind = {
  detects({ architecture, isPooled }) {
    const isOfStates = isPooled || /ForMaskedLM$/.test(architecture ?? "");
    return (isBare(architecture) && !isPooled) || (isOfStates ? "also" : false);
  },
  fits: (width) => width > 0,
  isLabelled: false,
  pools: true,
  isSilent: true,
  places: null,
  gives: () => "number",
  predict: () => ({ kind: "none" }),
  target(_head, { target, versus, position }) {
    if (target !== null || versus !== null || position !== null) {
      throw new ExplainError(
        "request-invalid",
        "An encoder without a head says nothing of a text that could be asked about. Leave label and position out.",
      );
    }
    return { at: [], reads: [], link: "identity", kind: "number", label: "", versus: null };
  },
};

/** Whether a class is an encoder or a decoder without a head. */
export function isBare(architecture: string | null): boolean {
  return (
    architecture !== null &&
    /(?:Model|Encoder)$/.test(architecture) &&
    !/LMHead|Vision|Image|MTModel$/.test(architecture)
  );
}
