import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ModelStore } from "../src/engine/modelStore";
import type { MaskedTarget } from "../src/methods/maskedTarget";
import { kernelWalk } from "../src/methods/shapley/kernelWalk";
import { permutationWalk } from "../src/methods/shapley/permutationWalk";
import type { ShapleyResult } from "../src/methods/shapley/sampledShapley";
import { allSubsets, exactShapley } from "../src/methods/shapley/subsets";
import { startPython } from "./supportPython";
import { rememberedTarget } from "./supportTruth";

const samples = [70, 100, 140, 200, 280, 400, 560, 800, 1100, 1600];
/** The error, relative to the largest score, to which evaluations are counted. */
const goal = 0.02;
const words = { least: 11, most: 13 };

/** Evaluations and root mean square error relative to the largest score, for each text, number of samples and seed. */
type Points = { readonly evaluations: number; readonly error: number }[][];

/** The scores that an explainer finds, by number of samples and seed. */
type Found = readonly (readonly [evaluations: number, scores: ArrayLike<number>])[];

/**
 * Prints how far Shapley values are from the exact ones of short texts, by evaluations: Kernel SHAP and Permutation SHAP of the product, and the kernel and permutation explainers of `shap` where a Python
 * has it; and how many evaluations each takes to a root mean square error of 2 % of the largest score. What the product knows with so many evaluations is its last result of no more, or its first.
 * Arguments: file of `sentence TAB label` lines, texts (default 10), seeds (default 4), Python with shap.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file = "", texts = "10", seeds = "4", python] = args;
  const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
  const model = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  const { signal } = new AbortController();
  const side = python ? startPython(python, "shapley/python.py", "-") : null;
  const curves = new Map<string, Points>();
  try {
    await store.use(model, async (loaded) => {
      for (const text of sentences(file, Number(texts))) {
        const target = await rememberedTarget(loaded, text, "word", signal);
        const { logit } = await target.evaluate(allSubsets(target.features), signal);
        target.remember();
        const exact = exactShapley(logit, target.features);
        const asked = { features: target.features, values: [...logit], samples, seeds: Number(seeds) };
        const theirs: Record<string, Found> = side ? JSON.parse(await side.ask(asked)) : {};
        const found: Record<string, Found> = {
          "Kernel SHAP": await foundBy(kernelWalk, target, Number(seeds), signal),
          "Permutation SHAP": await foundBy(permutationWalk, target, Number(seeds), signal),
          ...Object.fromEntries(Object.entries(theirs).map(([name, each]) => [`shap ${name}`, each])),
        };
        for (const [name, each] of Object.entries(found)) {
          curves.set(name, [
            ...(curves.get(name) ?? []),
            each.map(([evaluations, scores]) => point(evaluations, scores, exact)),
          ]);
        }
      }
    });
  } finally {
    side?.stop();
    await store.dispose();
  }
  print(curves, Number(seeds));
}

async function foundBy(
  walk: typeof kernelWalk,
  target: MaskedTarget,
  seeds: number,
  signal: AbortSignal,
): Promise<Found> {
  const found: [number, Float64Array][][] = samples.map(() => []);
  for (let seed = 0; seed < seeds; seed++) {
    const seen: [number, Float64Array][] = [];
    const see = ({ evaluations, scores }: ShapleyResult) => seen.push([evaluations, scores]);
    const limits = { samples: samples.at(-1) ?? 0, tolerance: 0 };
    see(await walk(target, limits, { seed, signal }, (result) => see(result())));
    for (const [at, count] of samples.entries()) {
      const known = seen.filter(([evaluations]) => evaluations <= count).at(-1) ?? seen[0];
      found[at]?.push(...(known ? [known] : []));
    }
  }
  return found.flat();
}

function point(evaluations: number, scores: ArrayLike<number>, exact: Float64Array): Points[number][number] {
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const squares = exact.reduce((sum, value, i) => sum + (value - (scores[i] ?? 0)) ** 2, 0);
  return { evaluations, error: Math.sqrt(squares / exact.length) / largest };
}

function sentences(file: string, count: number): string[] {
  return readFileSync(file, "utf8")
    .split(/\r?\n/)
    .map((line) => (line.split("\t")[0] ?? "").trim())
    .filter((line) => {
      const length = line.split(" ").length;
      return length >= words.least && length <= words.most;
    })
    .slice(0, count);
}

/** A line for each number of samples, errors as means over texts and seeds, and where each curve comes to the goal. */
function print(curves: ReadonlyMap<string, Points>, seeds: number): void {
  const means = [...curves].map(([name, texts]) => {
    const points = samples.map((_, at) => {
      const all = texts.flatMap((each) => each.slice(at * seeds, (at + 1) * seeds));
      const mean = (of: (each: (typeof all)[number]) => number) =>
        all.reduce((sum, each) => sum + of(each), 0) / all.length;
      return { evaluations: mean((each) => each.evaluations), error: mean((each) => each.error) };
    });
    return { name, points };
  });
  console.log(`samples  ${means.map(({ name }) => name.padStart(24)).join("")}`);
  for (const [at, count] of samples.entries()) {
    const cells = means.map(({ points }) => {
      const { evaluations = Number.NaN, error = Number.NaN } = points[at] ?? {};
      return `${error.toFixed(4)} with ${evaluations.toFixed(0)}`.padStart(24);
    });
    console.log(`${String(count).padStart(7)}  ${cells.join("")}`);
  }
  for (const { name, points } of means) {
    console.log(`${name}: an error of ${goal} with ${crossing(points).toFixed(0)} evaluations`);
  }
}

/** Where a curve first comes to the goal, on straight lines between logarithms; no number where it does not. */
function crossing(points: readonly { readonly evaluations: number; readonly error: number }[]): number {
  const at = points.findIndex(({ error }) => error <= goal);
  const [before, after] = [points[at - 1], points[at]];
  if (!before || !after) {
    return after?.evaluations ?? Number.NaN;
  }
  const share = Math.log(before.error / goal) / Math.log(before.error / Math.max(after.error, 1e-9));
  return before.evaluations * (after.evaluations / before.evaluations) ** share;
}
