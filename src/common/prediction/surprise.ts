import { hasFields, isCount, isListOf, isOneOf } from "../checks";
import { cleanName } from "../cleanWords";
import { formatPercent } from "../format";
import { message } from "../message";
import { isFigure, type PredictionForm } from "./form";
import { areAlternatives, type GeneratedAlternative, outcomesAt } from "./generated";

/** How little a language model expected a token of a text. */
export interface SurprisingToken {
  /** Which token of the text, and its number in the vocabulary. */
  readonly token: number;
  readonly id: number;
  /** −log₂ of its probability. */
  readonly bits: number;
  /** Its place among all tokens that could have come, from 1. */
  readonly rank: number;
  /** The likeliest tokens there, the likeliest first, and the token itself behind them where it is none of them. */
  readonly alternatives: readonly GeneratedAlternative[];
}

const surpriseOfToken = "Surprise: {0} bits (−log₂ p), place {1} among all tokens. Likeliest here: {2}.";
/** So many of the likeliest tokens are named. */
const mostLikely = 3;

/** How little a language model expected each token that has one before it; `position` is the token that is explained. */
export interface SurprisePrediction {
  readonly kind: "surprise";
  readonly tokens: readonly SurprisingToken[];
  /** 2 to the mean of the bits. */
  readonly perplexity: number;
  readonly position: number;
}

/** From how many bits on a token has each strength of colour: twice the bits mean a probability squared, so that strengths are the same for every text and model. */
export const bitsOfStrengths = [2, 4, 7, 10, 13] as const;

/** How strongly a token of so many bits is coloured, 0 to 5. */
export function strengthOf(bits: number): number {
  return bitsOfStrengths.filter((least) => bits >= least).length;
}

/** How surprise is listed: by what could have come in place of the token that is explained; in a few words as the perplexity of the text. */
export const surprise: PredictionForm<SurprisePrediction> = {
  outcomes({ tokens, position }) {
    const chosen = tokens.find(({ token }) => token === position);
    return chosen ? outcomesAt(chosen.id, chosen.alternatives) : [];
  },
  watched({ tokens, position }, at) {
    const chosen = tokens.find(({ token }) => token === position);
    return chosen && at !== null ? [{ token: at, output: chosen.id }] : [];
  },
  headline: ({ perplexity }) => [{ index: 0, label: "perplexity", logit: perplexity, probability: null }],
  position: ({ position }) => position,
  explained: ({ position }) => position,
  /** The token that is explained. */
  marks({ tokens, position }, places) {
    const [found, place] = [tokens.find(({ token }) => token === position), places[position]];
    return found && place ? [{ start: place.start, end: place.end, label: `${found.bits.toFixed(1)} bits` }] : [];
  },
  strengths: ({ tokens }) => new Map(tokens.map(({ token, bits }) => [token, strengthOf(bits)])),
  saysOf({ tokens }, asked) {
    const found = tokens.find(({ token }) => token === asked);
    if (!found) {
      return [];
    }
    const likely = found.alternatives.map(({ word, logProbability }) => {
      return `${cleanName(word)} ${formatPercent(Math.exp(logProbability))}`;
    });
    return [message(surpriseOfToken, found.bits.toFixed(1), found.rank, likely.slice(0, mostLikely).join(", "))];
  },
  columns: ["Token", "Log-probability", "Probability"],
  scores: "support",
  check: hasFields<SurprisePrediction>({
    kind: isOneOf("surprise"),
    tokens: isListOf(
      hasFields<SurprisingToken>({
        token: isCount,
        id: isCount,
        bits: isFigure,
        rank: isCount,
        alternatives: areAlternatives,
      }),
    ),
    perplexity: isFigure,
    position: isCount,
  }),
};
