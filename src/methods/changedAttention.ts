import { ExplainError } from "../common/errors";
import { type AttentionChanges, attentionShuffles, mostSearchedRuns } from "../common/look";
import { median } from "../common/moments";
import type { LayerAttention } from "./attentionScores";
import type { InsideTarget } from "./inside";
import { jensenShannon } from "./maths/jensenShannon";
import { SeededRandom } from "./maths/random";
import { Pacer } from "./pacer";

const stream = 501;
/** Other attention of the last layer that has everything on one token is tried for so many tokens. */
const concentrated = 10;
/** How much of other attention is mixed into the model's own, the most first. */
const shares = [1, 0.5, 0.25, 0.125, 0.0625];
/** A prediction that moves by no more is the same (Jain and Wallace 2019). */
const sameWithin = 0.01;

/** Whose attention is changed, and by how much predictions move. */
export interface ChangedQuestion {
  /** Whose attention counts: the token at this position, or all. */
  readonly query: readonly number[];
  /** Positions of the text's own tokens. */
  readonly content: readonly number[];
  /** The probability that is watched, of a row of the model's outputs. */
  readonly probability: (outputs: ArrayLike<number>) => number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * What other attention does to a prediction (Jain and Wallace 2019): in every head the weights that the reading token gives to the text's own tokens are shuffled among them, and of other
 * attention of the last layer the most different is looked for that leaves the prediction as it is. Special tokens and tokens out of sight keep their weights. Throws `method-unavailable`
 * where nothing can be exchanged, and what {@link InsideTarget.withMaps} throws.
 */
export async function changedAttention(
  target: Pick<InsideTarget, "maps" | "withMaps">,
  { query, content, probability, seed, signal }: ChangedQuestion,
): Promise<AttentionChanges> {
  const maps = await target.maps();
  const own = maps.map(({ values }) => values);
  const [last] = maps.slice(-1);
  if (!last || !maps.some((map) => canChange(map, query, content))) {
    throw new ExplainError("method-unavailable", "The text has too few words for attention to be shuffled among them.");
  }
  let evaluations = 0;
  const run = async (changed: readonly Float32Array[]) => {
    evaluations++;
    return probability(await target.withMaps(changed));
  };
  const unchanged = await run(own);
  const moved = async (changed: readonly Float32Array[]) => Math.abs((await run(changed)) - unchanged);
  const inLast = (values: Float32Array) => [...own.slice(0, -1), values];
  const candidates: Candidate[] = [];
  const everywhere: number[] = [];
  for (let shuffle = 0; shuffle < attentionShuffles; shuffle++) {
    const shuffled = (map: LayerAttention, layer: number) =>
      exchanged(map, query, content, shuffling(seed, shuffle * maps.length + layer));
    const make = () => shuffled(last, maps.length - 1);
    candidates.push({ make, known: await moved(inLast(make())) });
    everywhere.push(await moved(maps.map(shuffled)));
  }
  const shuffledLast = median(candidates.flatMap(({ known }) => known ?? []));
  const tokens = [...content];
  SeededRandom.fromSeed(seed, stream - 1).shuffle(tokens);
  for (const token of tokens.slice(0, concentrated)) {
    candidates.push({ make: () => exchanged(last, query, content, ontoOne(token)), known: null });
  }
  const place = { last, rows: query, content };
  const adversarial = await mostDifferent(candidates, place, (values) => moved(inLast(values)), new Pacer(signal));
  return { shuffles: attentionShuffles, shuffledLast, shuffledAll: median(everywhere), ...adversarial, evaluations };
}

/** Other attention of the last layer, and how far it moves the prediction where that is known. */
interface Candidate {
  readonly make: () => Float32Array;
  readonly known: number | null;
}

interface Place {
  readonly last: LayerAttention;
  readonly rows: readonly number[];
  readonly content: readonly number[];
}

/** The most different of the candidates, and of their mixtures with the model's own attention, that leaves the prediction as it is; the model's own, different by 0, where none does. */
async function mostDifferent(
  candidates: readonly Candidate[],
  place: Place,
  moved: (values: Float32Array) => Promise<number>,
  pacer: Pacer,
): Promise<Pick<AttentionChanges, "divergence" | "movedByOther">> {
  const { last } = place;
  const ranked: (Candidate & { readonly divergence: number })[] = [];
  for (const candidate of candidates) {
    ranked.push({ ...candidate, divergence: divergence(candidate.make(), place) });
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  ranked.sort((a, b) => b.divergence - a.divergence);
  let best = { divergence: 0, movedByOther: 0 };
  let searched = 0;
  for (const { make, known } of ranked) {
    for (const share of shares) {
      const values = mixed(last.values, make(), share);
      const found = divergence(values, place);
      // Less of it is less different.
      if (found <= best.divergence) {
        break;
      }
      if (share < 1 || known === null) {
        if (searched === mostSearchedRuns) {
          return best;
        }
        searched++;
      }
      const movedByOther = share === 1 && known !== null ? known : await moved(values);
      if (movedByOther <= sameWithin) {
        best = { divergence: found, movedByOther };
        break;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
  }
  return best;
}

/** How the weights of one row over some keys become others with the same sum. */
type Exchange = (weights: readonly number[], keys: readonly number[]) => ArrayLike<number>;

function shuffling(seed: number, draw: number): Exchange {
  const random = SeededRandom.fromSeed(seed, stream + draw);
  return (weights) => {
    const order = [...weights];
    random.shuffle(order);
    return order;
  };
}

/** All weight on one token, in the rows that see it. */
function ontoOne(token: number): Exchange {
  return (weights, keys) =>
    keys.includes(token)
      ? keys.map((key) => (key === token ? weights.reduce((sum, weight) => sum + weight, 0) : 0))
      : weights;
}

/** A layer's maps with the weights of these rows over those of the keys that they see exchanged, head by head. */
function exchanged(
  { heads, queries, keys, values }: LayerAttention,
  rows: readonly number[],
  content: readonly number[],
  exchange: Exchange,
): Float32Array {
  const result = values.slice();
  for (let head = 0; head < heads; head++) {
    for (const row of rows) {
      const start = (head * queries + row) * keys;
      const seen = seenFrom(values, start, content);
      const weights = exchange(
        seen.map((key) => values[start + key] ?? 0),
        seen,
      );
      for (const [at, key] of seen.entries()) {
        result[start + key] = weights[at] ?? 0;
      }
    }
  }
  return result;
}

/** What a row sees: a token that a mask hides from it has weight 0. */
function seenFrom(values: Float32Array, start: number, content: readonly number[]): number[] {
  return content.filter((key) => (values[start + key] ?? 0) > 0);
}

function canChange(
  { heads, queries, keys, values }: LayerAttention,
  rows: readonly number[],
  content: readonly number[],
) {
  return rows.some((row) =>
    Array.from({ length: heads }, (_, head) => (head * queries + row) * keys).some(
      (start) => seenFrom(values, start, content).length > 1,
    ),
  );
}

function mixed(own: Float32Array, other: Float32Array, share: number): Float32Array {
  return share === 1 ? other : own.map((value, at) => value + share * ((other[at] ?? 0) - value));
}

/** How different other maps of the last layer are: the mean over heads and rows of the Jensen–Shannon divergence of the weights on the text's own tokens, each row's sum made 1. */
function divergence(other: Float32Array, { last: { heads, queries, keys, values }, rows, content }: Place): number {
  let [sum, count] = [0, 0];
  for (let head = 0; head < heads; head++) {
    for (const row of rows) {
      const start = (head * queries + row) * keys;
      const seen = seenFrom(values, start, content);
      if (seen.length > 0) {
        const of = (map: Float32Array) => seen.map((key) => map[start + key] ?? 0);
        sum += jensenShannon(of(values), of(other));
        count++;
      }
    }
  }
  return count === 0 ? 0 : sum / count;
}
