import { throwIfCancelled } from "../../common/errors";
import { likeliestTokens, logSumExp, type TokenProbability } from "../../tasks/generation/logProbabilities";
import { draw, likeliest, processLogits, warpLogits } from "../../tasks/generation/processLogits";
import type { GenerationRules } from "../../tasks/generation/rules";
import type { Decoding } from "./decodingSession";

/** One token of a continuation. */
export interface GeneratedToken extends TokenProbability {
  /** The likeliest tokens there, most likely first, by the model's own logits, whatever the rules changed. */
  readonly alternatives: readonly TokenProbability[];
}

/** What is generated behind a text. */
export interface GenerationTask {
  /** The text's ids, at least one. */
  readonly ids: readonly number[];
  readonly rules: GenerationRules;
  readonly newTokens: number;
  /** How many tokens the model reads at most. */
  readonly context: number;
  /** How many alternatives each token has. */
  readonly alternatives: number;
  /** Random numbers in [0, 1), for rules that draw. */
  readonly uniform: () => number;
}

/** Why a continuation ended: a token that stops it, as many tokens as were asked for, or no room for more. */
export type GenerationEnd = "stop" | "length" | "context";

/**
 * Goes on with a text, one token after the other; `onToken` hears of each as it is made. The event loop turns between two tokens, and a cancellation is seen there. Rejects with
 * `cancelled` and with what the model throws.
 */
export async function generate(
  decoding: Decoding,
  task: GenerationTask,
  signal: AbortSignal,
  onToken: (token: GeneratedToken) => void,
): Promise<GenerationEnd> {
  const { rules } = task;
  const ids = [...task.ids];
  const longest = task.ids.length + task.newTokens;
  let fresh: readonly number[] = ids;
  while (ids.length < longest) {
    if (ids.length >= task.context) {
      return "context";
    }
    await new Promise(setImmediate);
    throwIfCancelled(signal);
    const logits = await decoding.next(fresh);
    const total = logSumExp(logits);
    const scores = logits.slice();
    processLogits(scores, { ids, given: task.ids.length, longest }, rules);
    if (rules.sample) {
      warpLogits(scores, rules);
    }
    const id = rules.sample ? draw(scores, task.uniform()) : likeliest(scores);
    const alternatives = likeliestTokens(logits, task.alternatives, total);
    onToken({ id, logProbability: (logits[id] ?? Number.NEGATIVE_INFINITY) - total, alternatives });
    ids.push(id);
    fresh = [id];
    if (rules.stop.includes(id)) {
      return "stop";
    }
  }
  return "length";
}
