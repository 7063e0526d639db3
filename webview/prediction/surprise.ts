import { bitsOfStrengths, strengthOf } from "../../src/common/prediction/surprise";
import { fill } from "../../src/common/words";
import { element } from "../dom";
import { forAndAgainst, probable } from "./classes";
import type { PredictionDrawing } from "./prediction";
import { type StripFormat, type StripToken, TokenStrip } from "./tokenStrip";

const format: StripFormat = {
  outputs: probable(
    (strings) => strings.likelyTokens,
    (strings) => strings.tokenLabel,
  ),
  caption: (strings) => strings.surprise,
  legend: (strings) => [
    element("span", { text: strings.surpriseScale }),
    ...bitsOfStrengths.map((bits, place) =>
      element("span", { class: "stripSample", text: `≥ ${bits}`, attributes: { "data-strength": String(place + 1) } }),
    ),
  ],
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
          strength: strengthOf(bits),
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
