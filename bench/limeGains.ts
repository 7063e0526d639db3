import { fileURLToPath } from "node:url";
import { ModelStore } from "../src/engine/modelStore";
import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import { plainLime } from "../src/methods/lime/plainLime";
import { seededText } from "./supportSentences";
import { limit, rememberedTarget } from "./supportTruth";

const plainCounts = [1000, 4000];
/** Shares of plain LIME's evaluations that adaptive LIME gets: of 1,000 and of 4,000, for texts of up to so many tokens. */
const goals = [
  { features: 30, shares: [0.25, 0.13] },
  { features: Number.POSITIVE_INFINITY, shares: [0.5, 0.5] },
];

/**
 * Prints adaptive LIME's error with a part of plain LIME's 1,000 and 4,000 evaluations beside plain LIME's with all of them, against the truth of `limeTruth`: worst
 * coefficient and root mean square (without the truth's own error), relative to the largest coefficient.
 * Arguments: file of sentences, seeds, numbers of words.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, seeds = "4", ...words] = args;
  const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
  const model = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  const { signal } = new AbortController();
  try {
    await store.use(model, async (loaded) => {
      for (const count of words.map(Number)) {
        const target = await rememberedTarget(loaded, seededText(count, file || undefined), "token", signal);
        const truth = await limit(target, signal);
        const largest = truth.coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const own = truth.errors.reduce((sum, value) => sum + value * value, 0) / truth.errors.length;
        const errors = (found: Float64Array): readonly [number, number] => {
          const off = found.map((value, i) => Math.abs(value - (truth.coefficients[i] ?? 0)));
          const squares = off.reduce((sum, value) => sum + value * value, 0) / off.length - own;
          return [Math.max(...off) / largest, squares / largest / largest];
        };
        const shares = goals.find(({ features }) => target.features <= features)?.shares ?? [];
        for (const [at, samples] of plainCounts.entries()) {
          const few = Math.round(samples * (shares[at] ?? 1));
          const sums = [0, 0, 0, 0];
          for (let seed = 0; seed < Number(seeds); seed++) {
            const adaptive = await adaptiveLime(target, { keep: null, samples: few, tolerance: 0 }, { seed, signal });
            const plain = await plainLime(target, { keep: null, samples }, { seed, signal });
            for (const [i, value] of [...errors(adaptive.coefficients), ...errors(plain.coefficients)].entries()) {
              sums[i] = (sums[i] ?? 0) + value / Number(seeds);
            }
          }
          target.remember();
          const [worst = 0, squares = 0, plainWorst = 0, plainSquares = 0] = sums;
          const shown = (value: number, square: number) =>
            `worst ${value.toFixed(3)}, rms ${Math.sqrt(Math.max(0, square)).toFixed(4)}`;
          console.log(
            `${target.features} tokens: adaptive with ${few} ${shown(worst, squares)}; plain with ${samples} ${shown(plainWorst, plainSquares)}`,
          );
        }
      }
    });
  } finally {
    await store.dispose();
  }
}
