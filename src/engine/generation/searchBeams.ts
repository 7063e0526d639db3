import { throwIfCancelled } from "../../common/errors";
import { likeliestTokens, logSumExp, type TokenProbability } from "../../tasks/generation/logProbabilities";
import { processLogits } from "../../tasks/generation/processLogits";
import type { Decoding } from "./decodingSession";
import type { GeneratedToken, GenerationEnd, GenerationTask } from "./generate";

/** A continuation that is being looked at, or has ended. */
interface Beam {
  readonly tokens: readonly GeneratedToken[];
  /** The sum of its tokens' log-probabilities; of one that has ended, divided as the length penalty says. */
  readonly score: number;
}

/** A beam that goes on. */
interface RunningBeam extends Beam {
  readonly decoding: Decoding;
  /** Ids that {@link decoding} has not read yet. */
  readonly fresh: readonly number[];
}

/** One more token behind a beam. */
interface Candidate extends Beam {
  readonly from: RunningBeam;
  readonly ends: boolean;
}

/** Stands for "never chosen" in sums, as in transformers: small beside it is lost in 32 bits. */
const never = -1e9;

/**
 * Goes on with a text by beam search, as transformers' `_beam_search` does: of all continuations of the kept ones the likeliest are kept, and the one whose log-probability, divided by
 * its length to the power of the length penalty, is the largest is what is written. `onStep` hears how many tokens the kept ones have. Cancelled and refused as `generate` is.
 */
export async function searchBeams(
  decoding: Decoding,
  task: GenerationTask,
  signal: AbortSignal,
  onStep: (tokens: number) => void,
): Promise<{ readonly tokens: readonly GeneratedToken[]; readonly end: GenerationEnd }> {
  const { rules, context } = task;
  const given = task.ids.length;
  const longest = Math.min(given + task.newTokens, context);
  const first = { tokens: [], score: 0, decoding, fresh: task.ids };
  // Those beside the first are the same text, so that none of theirs is chosen while there are others.
  let running: readonly RunningBeam[] = Array.from({ length: rules.beams }, (_, at) =>
    at === 0 ? first : { ...first, score: never },
  );
  let ended: readonly (Beam & { readonly isReal: boolean })[] = running.map(() => ({
    tokens: [],
    score: never,
    isReal: false,
  }));
  let canImprove = true;
  for (let length = given; canImprove && length < longest; ) {
    const candidates = await likeliestCandidates(running, task, longest, signal);
    length++;
    const made = length - given;
    const isFull = rules.earlyStopping === true && ended.every(({ isReal }) => isReal);
    const finished = candidates.map((candidate, place) => {
      const isReal = candidate.ends && place < rules.beams;
      const score = candidate.score / made ** rules.lengthPenalty;
      return { ...candidate, isReal, score: isReal && !isFull ? score : never };
    });
    const going = candidates.map((candidate) =>
      candidate.ends ? { ...candidate, score: Math.fround(candidate.score + never) } : candidate,
    );
    running = best(going, rules.beams).map(({ tokens, score, from }) => ({
      tokens,
      score,
      decoding: from.decoding.fork(),
      fresh: [tokens.at(-1)?.id ?? 0],
    }));
    ended = best([...ended, ...finished], rules.beams);
    onStep(made);
    const likely = rules.earlyStopping === "never" && rules.lengthPenalty > 0 ? longest - given : made;
    const hope = (running[0]?.score ?? never) / likely ** rules.lengthPenalty;
    const worst = Math.min(...ended.map(({ score }) => score));
    const isOver = rules.earlyStopping === true && ended.every(({ isReal }) => isReal);
    canImprove =
      !isOver && !candidates.every(({ ends }) => ends) && ended.some(({ isReal }) => hope > (isReal ? worst : never));
  }
  const tokens = ended[0]?.tokens ?? [];
  const last = tokens.at(-1)?.id ?? -1;
  const end = rules.stop.includes(last) ? "stop" : tokens.length < task.newTokens ? "context" : "length";
  return { tokens, end };
}

/** The likeliest continuations of all running beams by one token, so many that enough of them have not ended, most likely first. */
async function likeliestCandidates(
  running: readonly RunningBeam[],
  task: GenerationTask,
  longest: number,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const { rules, ids: given } = task;
  const kept = Math.max(2, 1 + rules.stop.length) * rules.beams;
  const read = new Map<Decoding, Float32Array>();
  const candidates: Candidate[] = [];
  for (const beam of running) {
    await new Promise(setImmediate);
    throwIfCancelled(signal);
    const logits = read.get(beam.decoding) ?? (await beam.decoding.next(beam.fresh));
    read.set(beam.decoding, logits);
    const total = logSumExp(logits);
    const scores = logits.map((logit) => logit - total);
    const ids = [...given, ...beam.tokens.map(({ id }) => id)];
    processLogits(scores, { ids, given: given.length, longest: given.length + task.newTokens }, rules);
    const alternatives = likeliestTokens(logits, task.alternatives, total);
    for (const { id, logProbability } of likeliestTokens(scores, kept, 0)) {
      candidates.push({
        tokens: [...beam.tokens, tokenOf(id, (logits[id] ?? Number.NEGATIVE_INFINITY) - total, alternatives)],
        score: Math.fround(logProbability + beam.score),
        from: beam,
        ends: rules.stop.includes(id) || ids.length + 1 >= longest,
      });
    }
  }
  return best(candidates, kept);
}

function tokenOf(id: number, logProbability: number, alternatives: readonly TokenProbability[]): GeneratedToken {
  return { id, logProbability, alternatives };
}

/** The `count` of largest score, in order; of equal ones the first. */
function best<T extends Pick<Beam, "score">>(beams: readonly T[], count: number): readonly T[] {
  return beams.toSorted((a, b) => b.score - a.score || 0).slice(0, count);
}
