import { hasFields, isCount, isListOf, isOneOf } from "../checks";
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

/** How little a language model expected each token that has one before it; `position` is the token that is explained. */
export interface SurprisePrediction {
  readonly kind: "surprise";
  readonly tokens: readonly SurprisingToken[];
  /** 2 to the mean of the bits. */
  readonly perplexity: number;
  readonly position: number;
}

/** How surprise is listed: by what could have come in place of the token that is explained; in a few words as the perplexity of the text. */
export const surprise: PredictionForm<SurprisePrediction> = {
  outcomes({ tokens, position }) {
    const chosen = tokens.find(({ token }) => token === position);
    return chosen ? outcomesAt(chosen.id, chosen.alternatives) : [];
  },
  headline: ({ perplexity }) => [{ index: 0, label: "perplexity", logit: perplexity, probability: null }],
  position: ({ position }) => position,
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
