import { forAndAgainst, probable } from "./classes";
import { OutputsView } from "./outputs";
import type { PredictionDrawing } from "./prediction";

const format = probable(
  (strings) => strings.likelyWords,
  (strings) => strings.wordLabel,
);

/** The likeliest words for a blank: why one, rather than another. */
export const fillDrawing: PredictionDrawing = {
  make: (host) => new OutputsView(host, format),
  hues: forAndAgainst,
};
