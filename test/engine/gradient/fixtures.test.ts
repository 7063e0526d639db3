import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cutEmbedding } from "../../../src/graph/cutEmbedding";
import { findEmbedding } from "../../../src/graph/embedding";
import { expose } from "../../../src/graph/expose";
import { differentiate } from "../../../src/graph/gradient/differentiate";
import { graphOf } from "../../../src/graph/graph";
import { readModel } from "../../../src/graph/modelFile";
import { normalForm } from "../../../src/graph/normalForm";
import { randomNumbers } from "../../unit/graph/build";
import { root } from "../support";
import { floatsTensor, integersTensor, numbersIn, rulesUnderTest, sessionOf } from "./support";

const folder = join(root, "test/fixtures/graph");
const files = readdirSync(folder).filter((file) => file.endsWith(".onnx"));
/** A text of seven tokens and one of five, padded with token 1. */
const ids = [
  [0, 7, 23, 41, 9, 30, 2],
  [0, 11, 52, 8, 2, 1, 1],
];
const dims = [2, 7];

describe("gradients of exported models with respect to their embeddings", () => {
  it.each(files)("%s agrees with finite differences", async (file) => {
    const graph = normalForm(graphOf(readModel(readFileSync(join(folder, file)))));
    const embedding = findEmbedding(graph);
    if (!embedding) {
      throw new Error("no embedding was found");
    }
    const cut = cutEmbedding(graph, embedding, "embeds");
    const both = differentiate(
      cut,
      { target: "logits", seed: "seed", wrt: new Map([["embeds", "gradient"]]) },
      rulesUnderTest,
    );
    const lookup = await sessionOf(expose(graph, new Map([[embedding.lookups[0] ?? "", "looked-up"]])));
    const session = await sessionOf(both);
    const integers: Record<string, number[]> = {
      input_ids: ids.flat(),
      attention_mask: ids.flat().map((id) => (id === 1 ? 0 : 1)),
      token_type_ids: ids.flat().map(() => 0),
    };
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name = "" }) => [name, integersTensor(integers[name] ?? [], dims)]),
    );
    const start = numbersIn((await lookup.run(feeds))["looked-up"]);
    const random = randomNumbers(1);
    const seed = Array.from({ length: 6 }, () => 2 * random() - 1);
    const run = async (embeds: readonly number[]) => {
      const results = await session.run({
        ...feeds,
        embeds: floatsTensor(embeds, [...dims, embedding.width], false),
        seed: floatsTensor(seed, [2, 3], false),
      });
      const target = numbersIn(results.logits).reduce((sum, logit, i) => sum + logit * (seed[i] ?? 0), 0);
      return { target, gradient: numbersIn(results.gradient) };
    };
    const { gradient } = await run(start);
    expect(gradient.some((value) => value !== 0)).toBe(true);
    const size = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    let largest = 0;
    for (let trial = 0; trial < 3; trial++) {
      // Half random, half uphill, so that the slope is never near 0, where rounding would be all there is to compare.
      const direction = gradient.map((value) => value / size + (2 * random() - 1) / Math.sqrt(gradient.length));
      const slope = gradient.reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0);
      const at = async (step: number) =>
        (await run(start.map((value, i) => value + step * (direction[i] ?? 0)))).target;
      const error = async (h: number) => {
        const [a, b, c, d] = [await at(-2 * h), await at(-h), await at(h), await at(2 * h)];
        return Math.abs((a - 8 * b + 8 * c - d) / (12 * h) - slope) / Math.abs(slope);
      };
      // A long step steps over the bend of a ReLU, a short one drowns in the rounding of 32-bit floats: one of them does neither.
      const errors = [await error(0.02), await error(0.006), await error(0.002)];
      largest = Math.max(largest, Math.min(...errors));
    }
    console.log(`${file}: ${largest.toExponential(1)} from finite differences`);
    expect(largest).toBeLessThan(1e-4);
    await lookup.release();
    await session.release();
  });
});
