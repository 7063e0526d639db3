import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest } from "../../src/common/explanation";
import { formatMessage } from "../../src/common/message";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { makeNode } from "../../src/graph/node";
import { joinChunks } from "../../src/graph/protobufWriter";
import { fixtureFolder } from "../support/tinyModel";
import { never, reasonOf, requestFor, root } from "./support";

const file = join(root, "test/fixtures/graph/gpt2-eager-ts17.onnx");
/** As the file was exported, this token marks what is behind the last one that the classifier reads. */
const pad = 1;
let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
  fixtureFolder(folder, file, { special: false });
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const explain = (changes: Partial<ExplainRequest>) =>
  engine.explain(
    requestFor("two nine five seven", { model: { directory: folder, file: null }, target: "LABEL_1", ...changes }),
    never,
  );

/** The target by the file itself, as it was exported. */
async function shipped(ids: readonly number[]): Promise<number> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 4 });
  const wide = (values: readonly number[]) => new Tensor("int64", values.map(BigInt), [1, values.length]);
  const { logits } = await session.run({ input_ids: wide(ids), attention_mask: wide(ids.map(() => 1)) });
  await session.release();
  return Number(logits?.data[1]);
}

describe("a classifier that reads the last token which is not padding", () => {
  it("reads the same place whatever is hidden: the last token's score is not that of cutting it off", async () => {
    const explanation = await explain({ methods: ["occlusion", "lime", "integratedGradients"], baseline: "pad" });
    const ids = explanation.tokens.map(({ id }) => id);
    const cut = explanation.target.value - (await shipped([...ids.slice(0, -1), pad]));
    const last = attributionOf(explanation, "occlusion")?.scores.at(-1) ?? Number.NaN;
    expect(explanation.target.value).toBeCloseTo(await shipped(ids), 5);
    expect(Math.abs(last - cut)).toBeGreaterThan(0.01);
    const { prediction } = await engine.predictMasked(
      requestFor("two nine five seven", { model: { directory: folder, file: null }, baseline: "pad" }),
      [3],
      never,
    );
    const masked = outcomesOf(prediction).find(({ label }) => label === "LABEL_1")?.logit ?? Number.NaN;
    expect(last).toBeCloseTo(explanation.target.value - masked, 6);
  });

  it("has one baseline value in all methods", async () => {
    const { target, attributions, warnings } = await explain({
      methods: ["occlusion", "integratedGradients", "deepLift"],
      baseline: "pad",
    });
    const bases = attributions.flatMap(({ baseValue }) => baseValue ?? []);
    expect(bases).toHaveLength(2);
    for (const base of bases) {
      expect(base).toBeCloseTo(target.baselineValue ?? Number.NaN, 5);
    }
    expect(warnings).toEqual([]);
    const everything = await explain({ methods: ["integratedGradients"], baseline: "pad", masked: [0, 1, 2, 3] });
    expect(everything.target.value).toBeCloseTo(target.baselineValue ?? Number.NaN, 5);
    expect(attributionOf(everything, "integratedGradients")?.fullValue).toBeCloseTo(
      target.baselineValue ?? Number.NaN,
      5,
    );
  });
});

describe("a model without special tokens", () => {
  it("is never asked for the empty text: each token is deleted from the others, and the value without any is missing", async () => {
    const explanation = await explain({ methods: ["occlusion", "lime"], baseline: "delete" });
    const ids = explanation.tokens.map(({ id }) => id);
    const { scores = [] } = attributionOf(explanation, "occlusion") ?? {};
    for (const [index, score] of scores.entries()) {
      const without = await shipped(ids.filter((_, at) => at !== index));
      expect(score).toBeCloseTo(explanation.target.value - without, 5);
    }
    expect(scores).toHaveLength(4);
    expect(explanation.target.baselineValue).toBeNull();
    const said = explanation.warnings.map(formatMessage).join(" ");
    expect(said).toMatch(/the value without any word is missing.*LIME: Deleting words would leave an empty text/);
    expect(await reasonOf(explain({ methods: ["lime"], baseline: "delete" }))).toBe("method-unavailable");
  });
});

describe("a classifier that reads the mean of all tokens", () => {
  it("shows what these look at on average, and says so", async () => {
    const pooled = mkdtempSync(join(tmpdir(), "explain-test-"));
    try {
      fixtureFolder(pooled, join(root, "test/fixtures/graph/distilbert-eager-ts17.onnx"));
      const shippedFile = readModel(readFileSync(join(pooled, "model.onnx")));
      // Where the file picks the first token's state, this one takes the mean.
      const node = (shippedFile.graph?.node ?? []).map((each) =>
        each.opType === "Gather" && each.attribute.some(({ name, i }) => name === "axis" && i === 1n)
          ? makeNode("ReduceMean", [each.input[0] ?? ""], [...each.output], { axes: [1], keepdims: 0 })
          : each,
      );
      const graph = shippedFile.graph && { ...shippedFile.graph, node };
      writeFileSync(
        join(pooled, "model.onnx"),
        joinChunks(writeModel({ ...shippedFile, ...(graph ? { graph } : {}) })),
      );
      const model = { directory: pooled, file: null };
      const request = requestFor("two nine five seven", { model, methods: ["attention", "rollout"] });
      const { tokens, attributions } = await engine.explain(request, never);
      const source = {
        model,
        ids: tokens.map(({ id }) => id),
        segments: tokens.map(() => 0),
        special: tokens.map(() => false),
      };
      const [attention, rollout] = [
        await engine.look(source, { kind: "aggregate", by: "mean", layer: 2 }, never),
        await engine.look(source, { kind: "rollout" }, never),
      ];
      for (const [at, { queries, keys, values }] of [attention, rollout].entries()) {
        for (const { index, special } of tokens) {
          let mean = 0;
          for (let query = 0; query < queries; query++) {
            mean += (values[query * keys + index] ?? 0) / queries;
          }
          expect(attributions[at]?.scores[index]).toBeCloseTo(special ? 0 : mean, 5);
        }
        expect(attributions[at]?.notes[0]?.template).toContain("mean of all tokens");
      }
    } finally {
      rmSync(pooled, { recursive: true, force: true });
    }
  });
});

describe("a model that reads the tokens twice", () => {
  it("is told which are hidden, and a warning says that the place may move where padding hides them", async () => {
    const bart = mkdtempSync(join(tmpdir(), "explain-test-"));
    try {
      fixtureFolder(bart, join(root, "test/fixtures/graph/bart-sdpa-dynamo18.onnx"));
      const warned = async (baseline: "pad" | "mask") => {
        const request = { model: { directory: bart, file: null }, methods: ["occlusion"] as const, baseline };
        return (await engine.explain(requestFor("two nine", request), never)).warnings.map(({ args }) => args);
      };
      expect(await warned("pad")).toEqual([["[PAD]"]]);
      expect(await warned("mask")).toEqual([]);
    } finally {
      rmSync(bart, { recursive: true, force: true });
    }
  });
});
