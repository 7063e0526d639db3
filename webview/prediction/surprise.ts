import { fill } from "../../src/common/words";
import { forAndAgainst, probable } from "./classes";
import type { PredictionDrawing } from "./prediction";
import { type StripFormat, type StripToken, TokenStrip } from "./tokenStrip";

/** Tokens of so many bits stand out as much as any. */
const mostBits = 16;

const format: StripFormat = {
  outputs: probable(
    (strings) => strings.likelyTokens,
    (strings) => strings.tokenLabel,
  ),
  caption: (strings) => strings.surprise,
  tokens({ prediction, tokens }, strings) {
    const surprising = prediction.kind === "surprise" ? prediction.tokens : [];
    const byToken = new Map(surprising.map((one) => [one.token, one]));
    return tokens.flatMap(({ index, special, text, piece }): (StripToken | string)[] => {
      const found = byToken.get(index);
      if (!found) {
        return special ? [] : [text];
      }
      const { bits, rank, alternatives } = found;
      return [
        {
          text,
          piece,
          position: index,
          isExplained: prediction.kind === "surprise" && prediction.position === index,
          says: [fill(strings.bitsAndRank, bits.toFixed(1), rank)],
          alternatives,
          strength: Math.min(1, bits / mostBits),
        },
      ];
    });
  },
};

/** How little a model expected each token of a text, and why one of them, rather than another. */
export const surpriseDrawing: PredictionDrawing = {
  make: (host) => new TokenStrip(host, format),
  hues: forAndAgainst,
};
