import { type Message, message } from "../common/message";
import type { Part, Whole } from "./method";

/** Whether everything there is was evaluated in a part of a text: its figure `exact` is 1. */
export function isExact({ scored }: Part): boolean {
  return scored.figures?.exact === 1;
}

/** How a method that draws samples until no score is likely to be off by more than `tolerance` of the largest has ended. */
export function settledNote({ parts, evaluations }: Whole, tolerance: number): Message {
  const percent = String(Number((tolerance * 100).toPrecision(3)));
  if (evaluations === 0) {
    return message("No word is left that could be left out.");
  }
  if (parts.every(isExact)) {
    return message("Exact: all {0} ways to leave features out were evaluated.", evaluations);
  }
  if (parts.every(({ scored }) => scored.converged)) {
    return message(
      "After {1} evaluations no score is likely to be off by more than {0} % of the largest.",
      percent,
      evaluations,
    );
  }
  return message(
    "Not converged: after {1} evaluations some scores may still be off by more than {0} % of the largest.",
    percent,
    evaluations,
  );
}
