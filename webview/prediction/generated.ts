import { outcomesOf } from "../../src/common/prediction/registry";
import { forAndAgainst, probable } from "./classes";
import type { PredictionDrawing } from "./prediction";
import { type StripFormat, TokenStrip } from "./tokenStrip";

const format: StripFormat = {
  outputs: {
    ...probable(
      (strings) => strings.likelyTokens,
      (strings) => strings.tokenLabel,
    ),
    // All of the text stands above already.
    headline: (prediction) => outcomesOf(prediction).slice(0, 1),
  },
  caption: (strings) => strings.continuation,
  isInsertable: true,
  tokens({ prediction }) {
    const { steps, step } = prediction.kind === "generated" ? prediction : { steps: [], step: 0 };
    return steps.map(({ text, piece, alternatives }, position) => ({
      text,
      piece,
      position,
      isExplained: position === step,
      says: [],
      alternatives,
      strength: 0,
    }));
  },
};

/** A continuation and why one token of it came, rather than another. */
export const generatedDrawing: PredictionDrawing = {
  make: (host) => new TokenStrip(host, format),
  hues: forAndAgainst,
};
