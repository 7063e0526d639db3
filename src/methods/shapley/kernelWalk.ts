import type { MaskedTarget } from "../maskedTarget";
import { SeededRandom } from "../maths/random";
import { studentFactor } from "../maths/student";
import type { MethodRun } from "../methodRun";
import { Pacer } from "../pacer";
import { assistedFit } from "./assistedFit";
import { CoalitionDesign, type CoalitionPair } from "./coalitions";
import { type Interactions, shapleyInteractions } from "./interactions";
import type { EvaluatedPair } from "./kernelFit";
import { isSettled, type ShapleyLimits, type ShapleyResult } from "./sampledShapley";

const stream = 202;
/** The first fit comes after so many evaluations, or as many as it needs. */
const firstRound = 64;

/** The fewest evaluations that Kernel SHAP can be fitted to: both ends, all subsets of one feature and one of each other size, and their complements. */
export function fewestOfKernel(features: number): number {
  return features < 2 ? 2 : 2 + 2 * CoalitionDesign.fewestPairs(features);
}

/** How many evaluations {@link kernelWalk} asks for at most. */
export function plannedOfKernel(features: number, samples: number): number {
  return Math.min(2 ** features, 2 * Math.floor(samples / 2));
}

/**
 * Kernel SHAP on a growing {@link CoalitionDesign}: an {@link assistedFit} after each round, until settled or at `samples` evaluations, {@link fewestOfKernel} at least. Where these cover all subsets it
 * goes on to them and is exact. base value + scores = full value after every round, of which `onResult` hears.
 */
export function kernelWalk(
  target: Omit<MaskedTarget, "link">,
  limits: ShapleyLimits,
  run: MethodRun,
  onResult?: (result: () => ShapleyResult) => void,
): Promise<ShapleyResult> {
  return walk(target, limits, run, onResult, async () => undefined);
}

/** {@link kernelWalk} with the {@link shapleyInteractions} of all pairs from the same evaluations, settled when both are. */
export function interactionWalk(
  target: Omit<MaskedTarget, "link">,
  limits: ShapleyLimits,
  run: MethodRun,
  onResult?: (result: () => ShapleyResult) => void,
): Promise<ShapleyResult> {
  return walk(target, limits, run, onResult, shapleyInteractions);
}

async function walk(
  target: Omit<MaskedTarget, "link">,
  { samples, tolerance }: ShapleyLimits,
  { seed, signal, onProgress }: MethodRun,
  onResult: ((result: () => ShapleyResult) => void) | undefined,
  pairsOf: (rows: readonly EvaluatedPair[], pacer: Pacer) => Promise<Interactions | undefined>,
): Promise<ShapleyResult> {
  const { features } = target;
  const cap = plannedOfKernel(features, samples);
  const pacer = new Pacer(signal);
  const design = new CoalitionDesign(features, SeededRandom.fromSeed(seed, stream));
  const ends = await target.evaluate(new Uint8Array(2 * features).fill(1, features), signal, onProgress);
  const [baseValue = Number.NaN, fullValue = Number.NaN] = ends.logit;
  const drawn: (CoalitionPair & Pick<EvaluatedPair, "difference" | "excess">)[] = [];
  let wanted = Math.min(cap, Math.max(firstRound, fewestOfKernel(features)));
  for (;;) {
    const before = 2 + 2 * drawn.length;
    const round = design.draw((wanted - before) / 2);
    const { logit } = await target.evaluate(rowsOf(round, features), signal, (done) => onProgress?.(before + done));
    for (const [index, pair] of round.entries()) {
      const [one = Number.NaN, other = Number.NaN] = logit.subarray(2 * index, 2 * index + 2);
      drawn.push({ ...pair, difference: one - other, excess: one + other - baseValue - fullValue });
    }
    const evaluations = 2 + 2 * drawn.length;
    const rows = drawn.map((pair) => ({ ...pair, ...design.of(pair.stratum) }));
    const sampled = rows.filter(({ undrawn }) => undrawn > 0).length;
    const widened = (errors: Float64Array) =>
      errors.map((error) => (error === 0 ? 0 : error * studentFactor(sampled - 1)));
    const fit = await assistedFit(rows, fullValue - baseValue, pacer);
    const found = await pairsOf(rows, pacer);
    const pairs = found && { values: found.values, standardErrors: widened(found.standardErrors) };
    const result = {
      scores: fit.scores,
      standardErrors: widened(fit.standardErrors),
      baseValue,
      fullValue,
      evaluations,
    };
    const isEnough = cap < 2 ** features && isSettled({ ...result, ...(pairs ? { pairs } : {}) }, tolerance);
    const end = sampled === 0 ? "exact" : isEnough ? "tolerance" : evaluations >= cap ? "samples" : null;
    const known: ShapleyResult = { ...result, ...(pairs ? { pairs } : {}), end };
    if (end) {
      return known;
    }
    onResult?.(() => known);
    wanted = Math.min(cap, 2 * Math.ceil(0.625 * evaluations));
  }
}

/** Each subset and its complement as keep-masks, uint8. */
function rowsOf(pairs: readonly CoalitionPair[], features: number): Uint8Array {
  const rows = new Uint8Array(2 * pairs.length * features);
  for (const [index, { kept }] of pairs.entries()) {
    rows.set(kept, 2 * index * features);
    rows.set(
      kept.map((one) => 1 - one),
      (2 * index + 1) * features,
    );
  }
  return rows;
}
