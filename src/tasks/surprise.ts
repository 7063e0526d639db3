import { ExplainError } from "../common/errors";
import type { Token } from "../common/explanation";
import type { SurprisingToken } from "../common/prediction/surprise";
import { causalLanguageModel } from "./causalLanguageModel";
import { likeliestTokens, logSumExp, rankOf } from "./generation/logProbabilities";
import { alternativesListed } from "./likeliestWords";
import type { AskedText, ReadText, TaskKind, WindowOutputs } from "./task";
import { tokenTarget } from "./tokenTarget";
import { type Vocabulary, wordOf } from "./vocabulary";

/** How little a language model expects each token of a text, with the tokens before it: the target is the logit of one of them, or its log-odds against another. */
export const surprise: TaskKind = {
  detects: causalLanguageModel.detects,
  fits: (width) => width > 1,
  isLabelled: false,
  gives: () => "softmax",
  ask,
  places: ({ tokens }) => expected(tokens).map(({ index }) => index - 1),
  digest,
  predict({ vocabulary }, read, { position }) {
    const tokens = expected(read.tokens).flatMap((token) => surpriseOf(token, read, vocabulary) ?? []);
    const bits = tokens.map((token) => token.bits);
    const most = bits.indexOf(Math.max(...bits));
    return {
      kind: "surprise",
      tokens,
      perplexity: Math.exp((bits.reduce((sum, value) => sum + value, 0) / bits.length) * Math.LN2),
      position: position ?? tokens[most]?.token ?? 0,
    };
  },
  target({ vocabulary }, question, prediction, { tokens, windows }) {
    const asked = prediction.kind === "surprise" ? prediction : undefined;
    const chosen = asked?.tokens.find(({ token }) => token === asked.position);
    if (!chosen) {
      throw new ExplainError(
        "request-invalid",
        tokens[question.position ?? 0]?.special === false
          ? "Token {0} is the first: there is none before it by which it could be expected. Choose another position."
          : "There is no token {0} in the text. Choose the index of a token that is no special one.",
        question.position ?? 0,
      );
    }
    const isApart = /^\s/.test(tokens[chosen.token]?.text ?? "");
    const place = { words: chosen.alternatives, isApart, readAt: chosen.token - 1 };
    const window = windows.findIndex(({ at }) => at.includes(place.readAt));
    return { ...tokenTarget({ id: chosen.id, ...place }, question, vocabulary), window };
  },
};

function ask({ pair, tokens }: AskedText) {
  if (pair !== null) {
    throw new ExplainError("request-invalid", "Surprise is that of one text. Leave the second text out.");
  }
  if (expected(tokens).length === 0) {
    throw new ExplainError(
      "text-empty",
      "The text has one token, and none before it by which it could be expected. Choose a longer text.",
    );
  }
  return { tokens, fixed: [], warnings: [] };
}

/** The tokens of a text that have one before them. */
function expected(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter(({ special, index }) => !special && index > 0);
}

/** Of the logits behind a token: the log-probability and the rank of the one that follows, and the likeliest ones with their log-probabilities. */
function digest(logits: Float32Array, token: number, { tokens }: Pick<ReadText, "tokens">): readonly number[] {
  const id = tokens[token + 1]?.id ?? -1;
  const total = logSumExp(logits);
  const own = (logits[id] ?? Number.NEGATIVE_INFINITY) - total;
  const likeliest = likeliestTokens(logits, alternativesListed, total);
  return [own, rankOf(logits, id), ...likeliest.flatMap((one) => [one.id, one.logProbability])];
}

function surpriseOf({ index, id }: Token, { windows }: ReadText, vocabulary: Vocabulary): SurprisingToken | null {
  const [logProbability, rank, ...listed] = digestAt(index - 1, windows);
  if (logProbability === undefined || rank === undefined) {
    return null;
  }
  const likeliest = Array.from({ length: listed.length / 2 }, (_, at) => {
    const [other = 0, found = 0] = listed.slice(2 * at);
    return { id: other, word: wordOf(other, vocabulary), logProbability: found };
  });
  const own = { id, word: wordOf(id, vocabulary), logProbability };
  return {
    token: index,
    id,
    bits: -logProbability / Math.LN2,
    rank,
    alternatives: likeliest.some((other) => other.id === id) ? likeliest : [...likeliest, own],
  };
}

/** What was kept of the logits behind a token, of the window that has most of the text before it. */
function digestAt(token: number, windows: readonly WindowOutputs[]): readonly number[] {
  const window = windows.find(({ at }) => at.includes(token));
  if (!window) {
    return [];
  }
  const width = window.outputs.length / window.at.length;
  const start = window.at.indexOf(token) * width;
  return Array.from({ length: width }, (_, at) => window.outputs[start + at] ?? Number.NaN);
}
