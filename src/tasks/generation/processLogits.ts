import type { GenerationRules } from "./rules";

/** A text that is being generated. */
export interface TextSoFar {
  /** Ids of its beginning and of what was generated. */
  readonly ids: readonly number[];
  /** How many of them are the beginning's. */
  readonly given: number;
  /** The most tokens that the whole may have. */
  readonly longest: number;
}

/**
 * Changes logits of the next token as the rules ask, in the order of transformers' logits processors, without those that only drawing knows. The values stay 32-bit floats, as
 * there.
 */
export function processLogits(logits: Float32Array, { ids, given, longest }: TextSoFar, rules: GenerationRules): void {
  if (rules.repetitionPenalty !== 1) {
    for (const id of new Set(ids)) {
      const logit = logits[id] ?? 0;
      logits[id] = logit < 0 ? logit * rules.repetitionPenalty : logit / rules.repetitionPenalty;
    }
  }
  forbid(logits, repeating(ids, rules.noRepeatNgram));
  forbid(logits, ends(ids, rules.badWords, rules.stop));
  if (ids.length < rules.minLength || ids.length - given < rules.minNewTokens) {
    forbid(logits, rules.stop);
  }
  if (rules.forcedFirst !== null && ids.length === 1) {
    force(logits, [rules.forcedFirst]);
  }
  if (rules.forcedLast.length > 0 && ids.length === longest - 1) {
    force(logits, rules.forcedLast);
  }
  forbid(logits, rules.suppress);
  if (ids.length === given) {
    forbid(logits, rules.beginSuppress);
  }
}

/** Changes logits as drawing tokens with temperature, top k, top p and min p asks; what is not drawn becomes −∞. The likeliest token always stays. */
export function warpLogits(logits: Float32Array, rules: GenerationRules): void {
  for (let id = 0; id < logits.length; id++) {
    logits[id] = (logits[id] ?? 0) / rules.temperature;
  }
  if (rules.topK > 0 && rules.topK < logits.length) {
    const least = logits.toSorted()[logits.length - rules.topK] ?? 0;
    keep(logits, (logit) => logit >= least);
  }
  if (rules.topP < 1) {
    keepLikeliest(logits, rules.topP);
  }
  if (rules.minP > 0) {
    const least = largest(logits) + Math.log(rules.minP);
    keep(logits, (logit) => logit >= least);
  }
}

/** The id of the largest logit; the first of several. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) {
    if ((logits[id] ?? 0) > (logits[best] ?? 0)) {
      best = id;
    }
  }
  return best;
}

/** Draws an id by the probabilities of its logits; `uniform` is a random number in [0, 1). */
export function draw(logits: Float32Array, uniform: number): number {
  const weights = weightsOf(logits);
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (const [id, weight] of weights.entries()) {
    if (weight > 0) {
      last = id;
      left -= weight;
      if (left < 0) {
        return id;
      }
    }
  }
  // Rounding may leave a little.
  return last;
}

function largest(logits: Float32Array): number {
  return logits[likeliest(logits)] ?? 0;
}

/** Probabilities in proportion, that of the likeliest 1. */
function weightsOf(logits: Float32Array): Float64Array {
  const most = largest(logits);
  return Float64Array.from(logits, (logit) => Math.exp(logit - most));
}

function keep(logits: Float32Array, holds: (logit: number) => boolean): void {
  for (const [id, logit] of logits.entries()) {
    if (!holds(logit)) {
      logits[id] = Number.NEGATIVE_INFINITY;
    }
  }
}

/** Takes the smallest logits away as long as their probabilities together are no more than 1 − `share`; one stays. */
function keepLikeliest(logits: Float32Array, share: number): void {
  const weights = weightsOf(logits);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const order = Uint32Array.from(logits, (_, id) => id).sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0) || b - a);
  let below = 0;
  for (const id of order.subarray(0, -1)) {
    below += (weights[id] ?? 0) / total;
    if (below > 1 - share) {
      return;
    }
    logits[id] = Number.NEGATIVE_INFINITY;
  }
}

function forbid(logits: Float32Array, ids: Iterable<number>): void {
  for (const id of ids) {
    if (id < logits.length) {
      logits[id] = Number.NEGATIVE_INFINITY;
    }
  }
}

function force(logits: Float32Array, ids: readonly number[]): void {
  logits.fill(Number.NEGATIVE_INFINITY);
  for (const id of ids) {
    if (id < logits.length) {
      logits[id] = 0;
    }
  }
}

/** The ids that came before behind the same `size` − 1 tokens that stand at the end. */
function repeating(ids: readonly number[], size: number): number[] {
  if (size === 0 || ids.length + 1 < size) {
    return [];
  }
  const end = ids.slice(ids.length - size + 1);
  const banned: number[] = [];
  for (let start = 0; start + size <= ids.length; start++) {
    if (end.every((id, index) => ids[start + index] === id)) {
      banned.push(ids[start + size - 1] ?? 0);
    }
  }
  return banned;
}

/** The last ids of the runs whose other ids stand at the end; a run that is only an end of text does not count. */
function ends(ids: readonly number[], runs: GenerationRules["badWords"], stop: readonly number[]): number[] {
  return runs.flatMap((run) => {
    const [last, before] = [run.at(-1) ?? 0, run.slice(0, -1)];
    const isStop = before.length === 0 && stop.includes(last);
    const stands = before.length <= ids.length && before.every((id, i) => ids[ids.length - before.length + i] === id);
    return stands && !isStop ? [last] : [];
  });
}
