/** How alike two orders are, from −1 (opposite) to 1 (the same), and how likely orders that have nothing to do with each other are so far from 0. */
export interface RankCorrelation {
  readonly tau: number;
  /** Two-sided. */
  readonly p: number;
}

/** Up to so many values without ties, `p` is exact; beyond, and with ties, it is that of the normal distribution. */
const mostExact = 33;

/**
 * Kendall's τ-b of two lists of one length (Kendall 1945), in which equal values are ties; `null` where one list has nothing but equal values, or fewer than two.
 * Takes n log n steps (Knight 1966).
 */
export function kendallTau(a: ArrayLike<number>, b: ArrayLike<number>): RankCorrelation | null {
  const { length } = a;
  const [tiesA, tiesB] = [tiesOf(a), tiesOf(b)];
  const pairs = (length * (length - 1)) / 2;
  const untied = Math.sqrt(pairs - tiesA.pairs) * Math.sqrt(pairs - tiesB.pairs);
  if (!(untied > 0)) {
    return null;
  }
  const { discordant, tied } = disorder(a, b);
  const concordant = pairs - tiesA.pairs - tiesB.pairs + tied - discordant;
  const isExact = tiesA.pairs === 0 && tiesB.pairs === 0 && length <= mostExact;
  return {
    tau: Math.max(-1, Math.min(1, (concordant - discordant) / untied)),
    p: isExact
      ? exactTail(length, Math.min(concordant, discordant))
      : normalTails((concordant - discordant) / Math.sqrt(varianceOf(length, tiesA, tiesB))),
  };
}

/** How many pairs of places two lists have in opposite orders, and how many are equal in both. */
function disorder(a: ArrayLike<number>, b: ArrayLike<number>): { discordant: number; tied: number } {
  const order = Array.from(a, (_, at) => at).sort((i, j) => compare(a[i], a[j]) || compare(b[i], b[j]));
  let tied = 0;
  let run = 0;
  order.forEach((at, place) => {
    const before = order[place - 1];
    run = before !== undefined && a[before] === a[at] && b[before] === b[at] ? run + 1 : 0;
    tied += run;
  });
  return { discordant: inversions(Float64Array.from(order, (at) => b[at] ?? 0)), tied };
}

function compare(one = 0, other = 0): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** How many pairs of values stand in falling order, which sorting by merging has to exchange. */
function inversions(values: Float64Array): number {
  let count = 0;
  let [from, to]: [Float64Array, Float64Array] = [values, new Float64Array(values.length)];
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const [one = 0, other = 0] = [from[left], from[right]];
        if (left < middle && (right >= end || one <= other)) {
          to[at] = one;
          left++;
        } else {
          to[at] = other;
          right++;
          count += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  return count;
}

/** Sums over groups of t equal values. */
interface Ties {
  /** Σ t(t − 1)/2 */
  readonly pairs: number;
  /** Σ t(t − 1)(t − 2) */
  readonly triples: number;
  /** Σ t(t − 1)(2t + 5) */
  readonly spread: number;
}

function tiesOf(values: ArrayLike<number>): Ties {
  const counts = new Map<number, number>();
  for (const value of Array.from(values)) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sum = (of: (count: number) => number) => [...counts.values()].reduce((total, count) => total + of(count), 0);
  return {
    pairs: sum((t) => (t * (t - 1)) / 2),
    triples: sum((t) => t * (t - 1) * (t - 2)),
    spread: sum((t) => t * (t - 1) * (2 * t + 5)),
  };
}

/** The variance of concordant less discordant pairs of unrelated lists (Kendall 1970, chapter 4). */
function varianceOf(length: number, a: Ties, b: Ties): number {
  const ordered = length * (length - 1);
  return (
    (ordered * (2 * length + 5) - a.spread - b.spread) / 18 +
    (2 * a.pairs * b.pairs) / ordered +
    (length > 2 ? (a.triples * b.triples) / (9 * ordered * (length - 2)) : 0)
  );
}

/** Twice the share of all orders of so many things that have at most so many pairs out of order, at most 1. */
function exactTail(length: number, inversions: number): number {
  // Shares of orders by their inversions: each further thing stands behind 0, 1, … of those before.
  let shares = [1];
  for (let count = 2; count <= length; count++) {
    const before = shares;
    shares = Array.from({ length: inversions + 1 }, (_, wanted) => {
      let sum = 0;
      for (let behind = 0; behind < count && behind <= wanted; behind++) {
        sum += before[wanted - behind] ?? 0;
      }
      return sum / count;
    });
  }
  return Math.min(1, 2 * shares.slice(0, inversions + 1).reduce((sum, share) => sum + share, 0));
}

/** How likely a normal number is further than `z` from 0, on either side. */
function normalTails(z: number): number {
  const x = Math.abs(z);
  if (x < 3) {
    // Σ x^(2k+1)/(1·3·…·(2k+1)) is the integral from 0, divided by the density.
    let term = x;
    let sum = x;
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return Math.max(0, 1 - 2 * density(x) * sum);
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) {
    fraction = k / (x + fraction);
  }
  return (2 * density(x)) / (x + fraction);
}

function density(x: number): number {
  return Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
}
