import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type LimeOptions } from "../../src/common/explanation";
import { defaultOptions } from "../../src/common/options";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { fixtureFolder } from "../support/tinyModel";
import { Game, limitByLeastSquares } from "../unit/methods/games";
import { never, requestFor, root } from "./support";

/** Longer than the model's window of 20 tokens. */
const long = Array.from({ length: 30 }, (_, at) => ["two", "nine", "five", "nine", "two", "five", "two"][at % 7] ?? "");

let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** LIME's limit from the predictions under all masks of groups of tokens: what the panel shows for each, not what the method asked for. */
async function limit(request: ExplainRequest, label: string, groups: readonly (readonly number[])[]) {
  const probabilities: number[] = [];
  for (let kept = 0; kept < 2 ** groups.length; kept++) {
    const masked = groups.filter((_, i) => ((kept >>> i) & 1) === 0).flat();
    const { prediction } = await engine.predictMasked(request, masked, never);
    probabilities.push(outcomesOf(prediction).find((each) => each.label === label)?.probability ?? Number.NaN);
  }
  const game = new Game(groups.length, (row) => {
    const probability = probabilities[row.reduce((code, kept, i) => code + (kept << i), 0)] ?? Number.NaN;
    return Math.log(probability / (1 - probability));
  });
  return (await limitByLeastSquares(game, [...groups.keys()])).slice(1);
}

describe("LIME where all subsets are run", () => {
  it.each([
    ["a class of several", {}, "token", "two nine five seven two", [[1], [2], [3], [4], [5]]],
    [
      "a label of several",
      { problem_type: "multi_label_classification" },
      "token",
      "two nine five seven",
      [[1], [2], [3], [4]],
    ],
    ["words spelt the same", {}, "bag", "two nine five nine two nine", [[1, 5], [2, 4, 6], [3]]],
    ["sentences", {}, "sentence", "two nine five\n\nnine two\n\nnine", [[1, 2, 3], [4, 5], [6]]],
    [
      "the mean of windows",
      {},
      "bag",
      long.join(" "),
      ["two", "nine", "five"].map((word) => long.flatMap((other, at) => (other === word ? [at + 1] : []))),
    ],
  ] satisfies [string, object, LimeOptions["features"], string, number[][]][])(
    "is the least squares of what the model predicts: %s",
    async (_, config, features, text, groups) => {
      const directory = mkdtempSync(join(folder, "model-"));
      fixtureFolder(directory, join(root, "test/fixtures/graph/bert-eager-ts17.onnx"), undefined, config);
      const request = requestFor(text, {
        model: { directory, file: null },
        methods: ["lime"],
        target: "LABEL_2",
        units: "token",
        lime: { ...defaultOptions.lime, features },
      });
      const explanation = await engine.explain(request, never);
      const lime = attributionOf(explanation, "lime");
      const exact = await limit(request, "LABEL_2", groups);
      expect(Math.max(...exact.map(Math.abs))).toBeGreaterThan(1e-3);
      const scores = (tokens: readonly number[]) => tokens.map((token) => lime?.scores[token] ?? Number.NaN);
      for (const [feature, group] of groups.entries()) {
        // A sentence's tokens share its score, places of a word each show it.
        const shown = features === "sentence" ? [scores(group).reduce((sum, score) => sum + score, 0)] : scores(group);
        for (const score of shown) {
          expect(Math.abs(score - (exact[feature] ?? 0))).toBeLessThan(1e-6);
        }
      }
    },
  );
});
