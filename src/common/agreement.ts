import type { Attribution, Explanation } from "./explanation";
import { kendallTau } from "./kendall";
import { type MethodId, methodInfo } from "./method";
import { scoredUnits } from "./scoredUnits";

/** How far the methods of an explanation agree with each other; both matrices are [methods, methods], `null` where it cannot be told. */
export interface Agreement {
  readonly methods: readonly MethodId[];
  /** Kendall's τ-b of the scores; of their sizes where one of the two methods has no signs. */
  readonly tau: readonly (readonly (number | null)[])[];
  /** What share of the {@link strongest} units of one are among those of the other (Krishna et al. 2022, feature agreement). */
  readonly overlap: readonly (readonly (number | null)[])[];
  /** How many units are compared by {@link overlap}: a fifth. */
  readonly strongest: number;
}

/** How far the finished methods of an explanation agree on the words that could be hidden; `null` where there are fewer than two methods or units. */
export function agreementOf(explanation: Explanation): Agreement | null {
  const attributions = explanation.attributions.filter(({ partial }) => !partial);
  const masked = new Set(explanation.masked);
  const scores = attributions.map((attribution) =>
    scoredUnits(explanation, attribution)
      .filter(({ tokens }) => tokens.some((token) => !masked.has(token)))
      .map(({ score }) => score),
  );
  const units = Math.min(...scores.map(({ length }) => length));
  if (attributions.length < 2 || units < 2 || scores.some(({ length }) => length !== units)) {
    return null;
  }
  const strongest = Math.ceil(units / 5);
  const pairs = (of: (a: number, b: number) => number | null) =>
    attributions.map((_, a) => attributions.map((_, b) => of(a, b)));
  return {
    methods: attributions.map(({ method }) => method),
    tau: pairs((a, b) => {
      const sized = !(isSigned(attributions[a]) && isSigned(attributions[b]));
      const list = (at: number) => (scores[at] ?? []).map((score) => (sized ? Math.abs(score) : score));
      return kendallTau(list(a), list(b))?.tau ?? null;
    }),
    overlap: pairs((a, b) => {
      const own = new Set(largest(scores[a] ?? [], strongest));
      return largest(scores[b] ?? [], strongest).filter((unit) => own.has(unit)).length / strongest;
    }),
    strongest,
  };
}

function isSigned(attribution: Attribution | undefined): boolean {
  return attribution !== undefined && methodInfo(attribution.method).scores === "signed";
}

/** The places of the largest scores by size, the earlier ones first among equals. */
function largest(scores: readonly number[], count: number): number[] {
  const size = (at: number) => Math.abs(scores[at] ?? 0);
  return scores
    .map((_, at) => at)
    .sort((a, b) => size(b) - size(a) || a - b)
    .slice(0, count);
}
