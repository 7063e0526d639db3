import { fileURLToPath } from "node:url";
import { ModelStore } from "../src/engine/modelStore";
import { prepareText } from "../src/engine/preparedText";
import { TextTarget } from "../src/engine/textTarget";
import { featureSet } from "../src/methods/features";
import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import { fitLime, limeRows, plainLime } from "../src/methods/lime/plainLime";
import { sigmoid } from "../src/tasks/target";
import { sentencesOfLength } from "./supportSentences";

const evaluationCounts = [125, 250, 500, 1000, 2000, 4000];
const adaptiveCounts = [125, 200, 250, 300, 400, 500, 600, 800, 1000, 1500, 2000];
const listable = 14;

/**
 * Prints LIME's worst coefficient error, relative to the largest coefficient, against evaluations of the model: plain sampling and adaptive mode.
 * The reference is the exact limit where all subsets can be visited, else plain LIME on very many samples, whose own error is about a fifth of
 * that of 4,000 samples.
 * Arguments: file of sentences (default: a few kept here), sentences of each length (default 3), seeds (default 5), samples of the reference for long sentences (default 100000).
 */
export async function run(args: readonly string[]): Promise<void> {
  const file = args[0] || undefined;
  const [count = 3, seeds = 5, reference = 100_000] = args.slice(1).map(Number);
  const store = new ModelStore({ threads: 2, memoryMegabytes: 1024 });
  const model = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  try {
    for (const [least, most] of [
      [11, listable],
      [24, 32],
    ] as const) {
      await store.use(model, async (loaded) => {
        const { signal } = new AbortController();
        const plain = new Map<number, number>();
        const adaptive = new Map<number, number>();
        const sentences = sentencesOfLength(loaded.tokenizer, { least, most, count }, file);
        for (const text of sentences) {
          const prepared = prepareText({ text, pair: null, masked: [], methods: [], baseline: "mask" }, loaded);
          const [input] = prepared.inputs;
          if (!input) {
            continue;
          }
          const logits = await loaded.batcher.evaluate([input.row], signal);
          const [values = new Float32Array()] = logits;
          const target = new TextTarget(
            {
              model: loaded,
              text: prepared,
              target: loaded.task.target({ target: null, versus: null }, loaded.task.predict([values], [1])),
            },
            [input],
            featureSet("token", prepared),
          );
          const options = { keep: null, tolerance: 0 };
          const exact =
            target.features <= listable
              ? await adaptiveLime(target, { ...options, samples: 2 ** target.features }, { seed: 0, signal })
              : await plainLime(target, { ...options, samples: reference }, { seed: 1_000_000, signal });
          const largest = exact.coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          console.log(
            `"${text.slice(0, 60)}…" ${target.features} tokens, R² ${exact.r2.toFixed(2)}, reference ${exact.end === "exact" ? "exact" : `from ${exact.evaluations} samples`}`,
          );
          const note = (curve: Map<number, number>, at: number, coefficients: Float64Array): void => {
            const error = coefficients.reduce(
              (most, value, i) => Math.max(most, Math.abs(value - (exact.coefficients[i] ?? 0))),
              0,
            );
            curve.set(at, (curve.get(at) ?? 0) + error / largest / seeds / sentences.length);
          };
          for (let seed = 0; seed < seeds; seed++) {
            const rows = limeRows(target.features, Math.max(...evaluationCounts), seed);
            const { logOdds } = await target.evaluate(rows, signal);
            for (const at of evaluationCounts) {
              const part = rows.subarray(0, at * target.features);
              note(plain, at, fitLime(part, target.features, logOdds.subarray(0, at).map(sigmoid), null).coefficients);
            }
            for (const at of adaptiveCounts) {
              note(
                adaptive,
                at,
                (await adaptiveLime(target, { ...options, samples: at }, { seed, signal })).coefficients,
              );
            }
          }
        }
        console.log(
          `\n${sentences.length} sentences of ${least} to ${most} tokens, mean over ${seeds} seeds: worst error`,
        );
        console.log(
          table(
            "evaluations",
            [...new Set([...evaluationCounts, ...adaptiveCounts])].sort((a, b) => a - b),
          ),
        );
        const counts = [...new Set([...evaluationCounts, ...adaptiveCounts])].sort((a, b) => a - b);
        console.log(
          table(
            "plain",
            counts.map((at) => plain.get(at) ?? null),
          ),
        );
        console.log(
          table(
            "adaptive",
            counts.map((at) => adaptive.get(at) ?? null),
          ),
        );
        for (const [at, aim] of [
          [1000, 0.3],
          [4000, 0.2],
        ] as const) {
          const needed = evaluationsFor(plain.get(at) ?? 0, adaptive);
          console.log(
            `adaptive reaches plain LIME's error of ${at} evaluations after ${needed.toFixed(0)}: ${(needed / at).toFixed(2)} of them (aim: at most ${aim})`,
          );
        }
        console.log("");
      });
    }
  } finally {
    await store.dispose();
  }
}

/** Where a falling curve passes an error, between its points on logarithmic scales. */
function evaluationsFor(error: number, curve: ReadonlyMap<number, number>): number {
  let before: readonly [number, number] | null = null;
  for (const [at, value] of curve) {
    if (value <= error) {
      if (!before) {
        return at;
      }
      const share = Math.log(before[1] / error) / Math.log(before[1] / value);
      return before[0] * (at / before[0]) ** share;
    }
    before = [at, value];
  }
  return Number.POSITIVE_INFINITY;
}

function table(name: string, values: readonly (number | null)[]): string {
  const cells = values.map((value) =>
    (value === null ? "" : Number.isInteger(value) ? String(value) : value.toFixed(3)).padStart(7),
  );
  return name.padEnd(12) + cells.join("");
}
