import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import type { LimeResult } from "../src/methods/lime/limeResult";
import { probabilityLink } from "../src/methods/link";
import type { MaskedTarget } from "../src/methods/maskedTarget";
import { SeededRandom } from "../src/methods/maths/random";
import { sigmoid } from "../src/tasks/target";

/** Log-odds of single features, pairs and a triple, times `scale`, plus `shift`. */
const games = [
  { features: 12, evaluations: 200, scale: 1, shift: 0 },
  { features: 14, evaluations: 300, scale: 2.5, shift: 1 },
  { features: 14, evaluations: 300, scale: 1, shift: -8 },
  { features: 14, evaluations: 300, scale: 1.5, shift: -8 },
  { features: 14, evaluations: 300, scale: 2.5, shift: -10 },
  { features: 14, evaluations: 300, scale: 1, shift: 7 },
  { features: 14, evaluations: 300, scale: 1.5, shift: 9 },
  { features: 16, evaluations: 300, scale: 1, shift: -8 },
  { features: 16, evaluations: 300, scale: 2.5, shift: -14 },
  { features: 16, evaluations: 1000, scale: 2.5, shift: 12 },
] as const;

/**
 * Prints how honest adaptive LIME's standard errors are on made-up games whose probability is nearly always 0 or 1, against the exact coefficients: coverage of 95 %
 * intervals and the largest error in standard errors, a line a game, run to its evaluations and (second pair) ended at a tolerance of 0.1, how many of the latter said that
 * they had converged and how many of these were off by more, and the same over all.
 * Arguments: seeds (default 4), games of each kind (default 3).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [seeds = 4, variants = 3] = args.map(Number);
  const { signal } = new AbortController();
  const all = new Coverage();
  console.log(
    "features  evaluations  median probabilities            covered  worst z      ended early: covered  worst z  converged  wrong",
  );
  for (const { features, evaluations, scale, shift } of games) {
    const whole = new Coverage();
    const early = new Coverage();
    const medians: number[] = [];
    for (let variant = 0; variant < variants; variant++) {
      const game = madeUpGame(features, scale, shift, variant);
      const options = { keep: null, samples: 2 ** features, tolerance: 0 };
      const { coefficients: exact } = await adaptiveLime(game, options, { seed: 0, signal });
      medians.push(await medianOf(game, signal));
      for (let seed = 0; seed < seeds; seed++) {
        for (const [tolerance, samples, own] of [
          [0, evaluations, whole],
          [0.1, Math.max(evaluations, 1000), early],
        ] as const) {
          const found = await adaptiveLime(game, { keep: null, samples, tolerance }, { seed, signal });
          for (const sum of [own, all]) {
            sum.add(found, exact, tolerance);
          }
        }
      }
    }
    console.log(
      `${String(features).padStart(8)} ${String(evaluations).padStart(12)}  ${medians
        .map((value) => value.toPrecision(3))
        .join(" ")
        .padEnd(28)} ${whole.shown()}                      ${early.shown()} ${early.settled()}`,
    );
  }
  console.log(`all: ${all.shown()} of ${all.count} coefficients ${all.settled()}`);
}

/** How many errors are inside their 95 % intervals and the largest in standard errors; how many runs converged, and how many of these were off by more than they said. */
class Coverage {
  count = 0;
  #inside = 0;
  #worst = 0;
  #converged = 0;
  #wrong = 0;

  add({ coefficients, standardErrors, end }: LimeResult, exact: Float64Array, tolerance: number): void {
    const errors = coefficients.map((value, i) => Math.abs(value - (exact[i] ?? 0)));
    for (const [i, error] of errors.entries()) {
      const z = error / Math.max(standardErrors?.[i] ?? 0, 1e-12);
      this.count++;
      this.#inside += z < 1.96 ? 1 : 0;
      this.#worst = Math.max(this.#worst, z);
    }
    if (end === "tolerance") {
      this.#converged++;
      this.#wrong += Math.max(...errors) > tolerance * Math.max(...exact.map(Math.abs)) ? 1 : 0;
    }
  }

  settled(): string {
    return `${String(this.#converged).padStart(10)} ${String(this.#wrong).padStart(6)}`;
  }

  shown(): string {
    return `${(this.#inside / this.count).toFixed(3).padStart(10)} ${this.#worst.toFixed(2).padStart(8)}`;
  }
}

function madeUpGame(features: number, scale: number, shift: number, variant: number): MaskedTarget {
  const random = SeededRandom.fromSeed(variant, 900);
  const singles = Array.from({ length: features }, () => 0.8 * random.normal());
  const pairs = Array.from(
    { length: features },
    () => [random.below(features), random.below(features), 1.2 * random.normal()] as const,
  );
  const logOddsOf = (row: Uint8Array): number => {
    let value = 1.5 * (row[0] ?? 0) * (row[1] ?? 0) * (row[2] ?? 0) - 0.2;
    for (const [i, single] of singles.entries()) {
      value += single * (row[i] ?? 0);
    }
    for (const [i, j, both] of pairs) {
      value += both * (row[i] ?? 0) * (row[j] ?? 0);
    }
    return scale * value + shift;
  };
  return {
    features,
    link: probabilityLink,
    evaluate: async (rows) => {
      const values = Float64Array.from({ length: rows.length / features }, (_, r) =>
        logOddsOf(rows.subarray(r * features, (r + 1) * features)),
      );
      return { logit: values, logOdds: values };
    },
  };
}

/** The median of the probability over all masks. */
async function medianOf(game: MaskedTarget, signal: AbortSignal): Promise<number> {
  const n = game.features;
  const rows = Uint8Array.from({ length: 2 ** n * n }, (_, at) => (Math.floor(at / n) >>> (at % n)) & 1);
  const { logOdds } = await game.evaluate(rows, signal);
  return sigmoid(logOdds.sort()[2 ** (n - 1)] ?? 0);
}
