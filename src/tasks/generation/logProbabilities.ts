/** A token and the logarithm of its probability. */
export interface TokenProbability {
  readonly id: number;
  readonly logProbability: number;
}

/** log Σ exp of logits, without overflow. */
export function logSumExp(logits: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  // Plain loops: a vocabulary is added up for every token that is written.
  for (let id = 0; id < logits.length; id++) {
    most = Math.max(most, logits[id] ?? 0);
  }
  let sum = 0;
  for (let id = 0; id < logits.length; id++) {
    sum += Math.exp((logits[id] ?? 0) - most);
  }
  return most + Math.log(sum);
}

/** The `count` likeliest tokens, most likely first; of equally likely ones the lower id first. `total` is the logits' {@link logSumExp}. */
export function likeliestTokens(logits: Float32Array, count: number, total: number): TokenProbability[] {
  const best: { readonly id: number; readonly logit: number }[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    if (best.length === count && logit <= least) {
      continue;
    }
    const place = best.findIndex((other) => other.logit < logit);
    best.splice(place < 0 ? best.length : place, 0, { id, logit });
    best.length = Math.min(best.length, count);
    least = best.at(-1)?.logit ?? least;
  }
  return best.map(({ id, logit }) => ({ id, logProbability: logit - total }));
}

/** How many tokens are more likely than one, plus 1; of equally likely ones the lower ids come first. */
export function rankOf(logits: Float32Array, id: number): number {
  const own = logits[id] ?? Number.NEGATIVE_INFINITY;
  return logits.reduce((rank, logit, other) => rank + (logit > own || (logit === own && other < id) ? 1 : 0), 1);
}
