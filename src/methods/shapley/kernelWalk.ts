import type { MaskedTarget } from "../maskedTarget";
import { SeededRandom } from "../maths/random";
import { studentFactor } from "../maths/student";
import type { MethodRun } from "../methodRun";
import { Pacer } from "../pacer";
import { CoalitionDesign, type CoalitionPair } from "./coalitions";
import { kernelFit } from "./kernelFit";
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
 * Kernel SHAP on a growing {@link CoalitionDesign}: a {@link kernelFit} after each round, until settled or at `samples` evaluations, {@link fewestOfKernel} at least. Exact where these cover all
 * subsets. base value + scores = full value after every round, of which `onResult` hears.
 */
export async function kernelWalk(
  target: Omit<MaskedTarget, "link">,
  { samples, tolerance }: ShapleyLimits,
  { seed, signal, onProgress }: MethodRun,
  onResult?: (result: () => ShapleyResult) => void,
): Promise<ShapleyResult> {
  const { features } = target;
  const cap = plannedOfKernel(features, samples);
  const pacer = new Pacer(signal);
  const design = new CoalitionDesign(features, SeededRandom.fromSeed(seed, stream));
  const ends = await target.evaluate(new Uint8Array(2 * features).fill(1, features), signal, onProgress);
  const [baseValue = Number.NaN, fullValue = Number.NaN] = ends.logit;
  const drawn: CoalitionPair[] = [];
  const differences: number[] = [];
  let evaluations = 2;
  let wanted = Math.min(cap, Math.max(firstRound, fewestOfKernel(features)));
  for (;;) {
    const round = design.draw((wanted - evaluations) / 2);
    const { logit } = await target.evaluate(rowsOf(round, features), signal, (done) =>
      onProgress?.(evaluations + done),
    );
    drawn.push(...round);
    differences.push(
      ...round.map((_, index) => (logit[2 * index] ?? Number.NaN) - (logit[2 * index + 1] ?? Number.NaN)),
    );
    evaluations += 2 * round.length;
    const pairs = drawn.map(({ kept, stratum }, index) => ({
      kept,
      difference: differences[index] ?? 0,
      ...design.of(stratum),
    }));
    const sampled = pairs.filter(({ undrawn }) => undrawn > 0).length;
    const { scores, standardErrors } = await kernelFit(pairs, fullValue - baseValue, pacer);
    const widened = standardErrors.map((error) => (error === 0 ? 0 : error * studentFactor(sampled - 1)));
    const end =
      sampled === 0
        ? "exact"
        : isSettled(scores, widened, tolerance)
          ? "tolerance"
          : evaluations >= cap
            ? "samples"
            : null;
    const result: ShapleyResult = { scores, standardErrors: widened, baseValue, fullValue, evaluations, end };
    if (end) {
      return result;
    }
    onResult?.(() => result);
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
