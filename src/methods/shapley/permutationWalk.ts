import type { MaskedTarget } from "../maskedTarget";
import { SeededRandom } from "../maths/random";
import { studentFactor } from "../maths/student";
import type { MethodRun } from "../methodRun";
import { isSettled, type ShapleyLimits, type ShapleyResult } from "./sampledShapley";
import { allSubsets, exactShapley } from "./subsets";

const stream = 201;
/** Orders are walked in rounds of at least so many evaluations, so that runs of the model are well filled. */
const leastOfRound = 64;
/** Of fewer orders it is not believed that they agree: a rare effect may be in none of them. */
const fewestSettled = 8;

/** How many evaluations each order after the first takes: one for every step there and back, whose ends are known. */
function orderCost(features: number): number {
  return 2 * (features - 1);
}

/** How many evaluations {@link permutationWalk} asks for at most: all subsets where `samples` cover them, else whole orders. */
export function plannedOrders(features: number, samples: number): number {
  if (2 ** features <= samples) {
    return 2 ** features;
  }
  return 2 + Math.max(1, Math.floor((samples - 2) / orderCost(features))) * orderCost(features);
}

/**
 * Shapley values as the mean over random orders of what a feature adds to those before it, each order walked forward and backward (Castro et al. 2009; the permutation explainer of `shap`):
 * base value + scores = full value after every order. Stops once settled, or at `samples` evaluations; where these cover all subsets, evaluates those and is exact. `onResult` hears after each round.
 */
export async function permutationWalk(
  target: Omit<MaskedTarget, "link">,
  { samples, tolerance }: ShapleyLimits,
  { seed, signal, onProgress }: MethodRun,
  onResult?: (result: () => ShapleyResult) => void,
): Promise<ShapleyResult> {
  const { features } = target;
  if (2 ** features <= samples) {
    const { logit } = await target.evaluate(allSubsets(features), signal, onProgress);
    return {
      scores: exactShapley(logit, features),
      standardErrors: new Float64Array(features),
      baseValue: logit[0] ?? Number.NaN,
      fullValue: logit.at(-1) ?? Number.NaN,
      evaluations: logit.length,
      end: "exact",
    };
  }
  const orders = (plannedOrders(features, samples) - 2) / orderCost(features);
  const first = Math.ceil(leastOfRound / orderCost(features));
  const random = SeededRandom.fromSeed(seed, stream);
  const { logit } = await target.evaluate(new Uint8Array(2 * features).fill(1, features), signal, onProgress);
  const walked = new WalkedOrders(logit[0] ?? Number.NaN, logit[1] ?? Number.NaN, features);
  for (;;) {
    const count = Math.min(orders - walked.count, Math.max(first, Math.floor(walked.count / 4)));
    const round = Array.from({ length: count }, () => {
      const order = Array.from({ length: features }, (_, feature) => feature);
      random.shuffle(order);
      return order;
    });
    const before = 2 + walked.count * orderCost(features);
    const values = await target.evaluate(rowsOf(round), signal, (done) => onProgress?.(before + done));
    for (const [index, order] of round.entries()) {
      walked.add(order, values.logit.subarray(index * orderCost(features), (index + 1) * orderCost(features)));
    }
    const settled = walked.count >= fewestSettled && isSettled(walked.result(null), tolerance);
    const end = settled ? "tolerance" : walked.count === orders ? "samples" : null;
    if (end) {
      return walked.result(end);
    }
    onResult?.(() => walked.result(null));
  }
}

/** The keep-masks along each order without its ends, uint8: the first 1 to n − 1 of its features, then its last n − 1 to 1. */
function rowsOf(orders: readonly (readonly number[])[]): Uint8Array {
  const features = orders[0]?.length ?? 0;
  const rows = new Uint8Array(orders.length * orderCost(features) * features);
  let at = 0;
  for (const order of orders) {
    for (const backward of [0, 1]) {
      for (let step = 1; step < features; step++) {
        for (const [place, feature] of order.entries()) {
          rows[at * features + feature] = place < step ? 1 - backward : backward;
        }
        at++;
      }
    }
  }
  return rows;
}

/** The running mean of what each feature adds, and how far single orders are from it. */
class WalkedOrders {
  count = 0;
  readonly scores: Float64Array;
  readonly #squares: Float64Array;
  readonly #base: number;
  readonly #full: number;

  constructor(base: number, full: number, features: number) {
    this.#base = base;
    this.#full = full;
    this.scores = new Float64Array(features);
    this.#squares = new Float64Array(features);
  }

  /** Takes one order with its values in the order of {@link rowsOf}. */
  add(order: readonly number[], values: Float64Array): void {
    const steps = order.length - 1;
    const forward = [this.#base, ...values.subarray(0, steps), this.#full];
    const backward = [this.#full, ...values.subarray(steps), this.#base];
    this.count++;
    for (const [place, feature] of order.entries()) {
      const there = (forward[place + 1] ?? Number.NaN) - (forward[place] ?? Number.NaN);
      const back = (backward[place] ?? Number.NaN) - (backward[place + 1] ?? Number.NaN);
      const difference = (there + back) / 2 - (this.scores[feature] ?? 0);
      this.scores[feature] = (this.scores[feature] ?? 0) + difference / this.count;
      this.#squares[feature] = (this.#squares[feature] ?? 0) + (difference ** 2 * (this.count - 1)) / this.count;
    }
  }

  /** Of each score, widened for how few orders it is estimated from; infinite after one order. */
  standardErrors(): Float64Array {
    const factor = studentFactor(this.count - 1);
    return this.#squares.map((sum) =>
      this.count < 2 ? Number.POSITIVE_INFINITY : factor * Math.sqrt(sum / (this.count - 1) / this.count),
    );
  }

  result(end: ShapleyResult["end"]): ShapleyResult {
    return {
      scores: this.scores.slice(),
      standardErrors: this.standardErrors(),
      baseValue: this.#base,
      fullValue: this.#full,
      evaluations: 2 + this.count * orderCost(this.scores.length),
      end,
    };
  }
}
