import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { backwardPass } from "../../src/graph/differentiable";
import type { RuleSetName } from "../../src/graph/gradient/ruleSets";
import type { Graph } from "../../src/graph/graph";
import { type Pooling, pooledEmbedding } from "../../src/graph/passes/pooledEmbedding";
import { readGraph } from "../../src/graph/readGraph";
import { floatsTensor, integersTensor, numbersIn, sessionOf } from "./gradient/support";
import { root } from "./support";

/** What sentence-transformers and torch computed; see `test/golden/sentences/make.py`. */
interface Side {
  readonly ids: readonly number[];
  readonly baseline: number;
  readonly saliency: readonly number[];
  readonly gradientXInput: readonly number[];
}
interface Case {
  readonly modes: readonly string[];
  readonly text: string;
  readonly pair: string;
  readonly cosine: number;
  readonly embeddings: readonly [readonly number[], readonly number[]];
  readonly sides: readonly [Side, Side];
}

const folder = join(root, "test/golden/sentences");
const cases: readonly Case[] = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
const ways: Readonly<Record<string, Pooling>> = {
  cls: "first",
  lasttoken: "last",
  max: "max",
  mean: "mean",
  mean_sqrt_len_tokens: "rootMean",
  weightedmean: "weightedMean",
};
const { graph: read } = readGraph(readFileSync(join(folder, "model/model.onnx")));
const width = 16;
const special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];

const pooled = ({ modes }: Case): Graph =>
  pooledEmbedding(
    read,
    "last_hidden_state",
    modes.flatMap((mode) => ways[mode] ?? []),
  );

function tokenFeeds(ids: readonly number[], dims: readonly number[]): Record<string, Tensor> {
  const row = (value: number) => ids.map(() => value);
  return {
    input_ids: integersTensor(ids, dims),
    attention_mask: integersTensor(row(1), dims),
    token_type_ids: integersTensor(row(0), dims),
  };
}

/** What comes back by a rule set from the cosine of a text with `other`: the adjoints of the word embeddings, these and those of the reference, and the cosine of either. */
async function backward(
  graph: Graph,
  rules: RuleSetName,
  ids: readonly number[],
  other: readonly number[],
  reference: readonly number[] = ids,
) {
  const logits = graph.outputs[0]?.name ?? "";
  const { graph: both, fed, references } = backwardPass(graph, logits, rules);
  const session = await sessionOf(both);
  const dims = [1, ids.length];
  const embeddings = async (of: readonly number[]) => {
    await fed.prepare(Int32Array.from(of));
    return Array.from(fed.of(Int32Array.from(of)));
  };
  const [own, compared] = [await embeddings(ids), await embeddings(reference)];
  const words = (embeds: readonly number[]) => floatsTensor(embeds, [...dims, fed.width], false);
  const result = await session.run({
    ...tokenFeeds(ids, dims),
    [fed.name]: words(own),
    ...(references ? { [references.get(fed.name) ?? ""]: words(compared) } : {}),
    "explain/seed": floatsTensor(other, [1, other.length], false),
  });
  await session.release();
  const ofToken = (numbers: readonly number[]) =>
    ids.map((_, at) => numbers.slice(at * fed.width, (at + 1) * fed.width));
  return {
    adjoints: ofToken(numbersIn(result["explain/gradient"])),
    embeds: ofToken(own),
    compared: ofToken(compared),
    cosines: [logits, references?.get(logits) ?? logits].map((name) => dot(numbersIn(result[name]), other)),
  };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expect(Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] ?? Number.NaN)))) / largest).toBeLessThan(
    tolerance,
  );
}

describe.each(cases)("pooling by $modes: $text", (golden) => {
  it("gives the embeddings of sentence-transformers, of unit length", async () => {
    const graph = pooled(golden);
    expect(graph.outputs).toHaveLength(1);
    const session = await sessionOf(graph);
    for (const [at, { ids }] of golden.sides.entries()) {
      const [output] = Object.values(await session.run(tokenFeeds(ids, [1, ids.length])));
      expect(output?.dims).toEqual([1, width * golden.modes.length]);
      expectClose(numbersIn(output), golden.embeddings[at] ?? [], 1e-5);
    }
    await session.release();
  });

  it("passes gradients of the cosine on as torch does", async () => {
    const graph = pooled(golden);
    for (const [at, side] of golden.sides.entries()) {
      const { adjoints, embeds } = await backward(graph, "gradient", side.ids, golden.embeddings[1 - at] ?? []);
      expectClose(
        adjoints.map((adjoint) => Math.hypot(...adjoint)),
        side.saliency,
        1e-4,
      );
      expectClose(
        adjoints.map((adjoint, token) => dot(adjoint, embeds[token] ?? [])),
        side.gradientXInput,
        1e-4,
      );
    }
  });

  it.runIf(!golden.modes.includes("max"))("shares the difference to a masked text out by DeepLIFT", async () => {
    const [{ ids, baseline }] = golden.sides;
    const masked = ids.map((id) => (id < special.length ? id : special.indexOf("[MASK]")));
    const { adjoints, embeds, compared, cosines } = await backward(
      pooled(golden),
      "deepLift",
      ids,
      golden.embeddings[1],
      masked,
    );
    const own = ids.map(
      (_, at) => dot(adjoints[at] ?? [], embeds[at] ?? []) - dot(adjoints[at] ?? [], compared[at] ?? []),
    );
    expectClose(cosines, [golden.cosine, baseline], 1e-5);
    expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(golden.cosine - baseline, 5);
  });
});
