import { forAndAgainst, probable } from "./classes";
import { OutputsView } from "./outputs";
import type { PredictionDrawing } from "./prediction";

const format = probable(
  (strings) => strings.answers,
  (strings) => strings.answerLabel,
);

/** Answers to a question: why one of them, rather than another. */
export const spansDrawing: PredictionDrawing = {
  make: (host) => new OutputsView(host, format),
  hues: forAndAgainst,
};
