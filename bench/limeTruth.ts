import { fileURLToPath } from "node:url";
import { ModelStore } from "../src/engine/modelStore";
import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import { plainLime } from "../src/methods/lime/plainLime";
import { seededText } from "./supportSentences";
import { limit, rememberedTarget } from "./supportTruth";

const options = { keep: null, samples: 1000, tolerance: 0.1 };

/**
 * Prints how far adaptive LIME (default settings) and plain LIME at as many evaluations are from the truth: least squares without shrinkage on very
 * many of LIME's rows. A line a text: worst errors relative to the largest coefficient (mean over seeds), R² on the rows of the truth, which no fit has
 * seen, and R² as the fits report it, coverage of 95 % intervals and the largest error in standard errors. Evaluations are remembered in `out/`, so
 * that another run on the same texts is quick.
 * Arguments: file of sentences, features (token, word, bag or sentence), seeds, numbers of words (default 12 to 300).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, kind = "token", seeds = "4", ...sizes] = args;
  const words = sizes.length > 0 ? sizes.map(Number) : [12, 25, 40, 60, 90, 150, 300];
  const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
  const model = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  const { signal } = new AbortController();
  let coefficients = 0;
  let covered = 0;
  console.log(
    "features  evaluations   adaptive      plain  of truth       rms  plain's     R² on new rows   R² reported   covered  worst z  settled",
  );
  try {
    await store.use(model, async (loaded) => {
      for (const count of words) {
        const target = await rememberedTarget(loaded, seededText(count, file || undefined), kind, signal);
        const truth = await limit(target, signal);
        target.remember();
        const largest = truth.coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = (found: Float64Array) =>
          found.reduce((most, value, i) => Math.max(most, Math.abs(value - (truth.coefficients[i] ?? 0))), 0) / largest;
        const rms = (found: Float64Array) =>
          Math.sqrt(
            found.reduce((sum, value, i) => sum + (value - (truth.coefficients[i] ?? 0)) ** 2, 0) / found.length,
          ) / largest;
        const row = {
          rms: 0,
          plainRms: 0,
          evaluations: 0,
          adaptive: 0,
          plain: 0,
          r2: 0,
          plainR2: 0,
          reported: 0,
          plainReported: 0,
          covered: 0,
          z: 0,
          settled: "",
        };
        for (let seed = 0; seed < Number(seeds); seed++) {
          const adaptive = await adaptiveLime(target, options, { seed, signal });
          const plain = await plainLime(target, { keep: null, samples: adaptive.evaluations }, { seed, signal });
          row.evaluations += adaptive.evaluations / Number(seeds);
          row.adaptive += worst(adaptive.coefficients) / Number(seeds);
          row.plain += worst(plain.coefficients) / Number(seeds);
          row.rms += rms(adaptive.coefficients) / Number(seeds);
          row.plainRms += rms(plain.coefficients) / Number(seeds);
          row.r2 += truth.r2(adaptive) / Number(seeds);
          row.plainR2 += truth.r2(plain) / Number(seeds);
          row.reported += adaptive.r2 / Number(seeds);
          row.plainReported += plain.r2 / Number(seeds);
          row.settled += adaptive.end === "samples" ? "." : worst(adaptive.coefficients) <= 0.1 ? "+" : "!";
          for (const [i, value] of adaptive.coefficients.entries()) {
            const error = Math.hypot(adaptive.standardErrors?.[i] ?? 0, truth.errors[i] ?? 0);
            const off = Math.abs(value - (truth.coefficients[i] ?? 0));
            const z = off < 1e-6 ? 0 : off / error;
            row.z = Math.max(row.z, z);
            row.covered += z < 1.96 ? 1 / target.features / Number(seeds) : 0;
            coefficients++;
            covered += z < 1.96 ? 1 : 0;
          }
        }
        target.remember();
        const own = truth.errors.reduce((most, value) => Math.max(most, value), 0) / largest;
        console.log(
          [
            String(target.features).padStart(8),
            row.evaluations.toFixed(0).padStart(13),
            ...[row.adaptive, row.plain, own, row.rms, row.plainRms].map((value) => value.toFixed(3).padStart(10)),
            `${row.r2.toFixed(3)} / ${row.plainR2.toFixed(3)}`.padStart(16),
            `${row.reported.toFixed(3)} / ${row.plainReported.toFixed(3)}`.padStart(15),
            ...[row.covered, row.z].map((value) => value.toFixed(2).padStart(9)),
            `  ${row.settled}`,
          ].join(" "),
        );
      }
    });
  } finally {
    await store.dispose();
  }
  console.log(
    `covered ${covered} of ${coefficients} = ${(covered / coefficients).toFixed(3)}; settled: . not, + right, ! wrong by more than 0.1`,
  );
}
