import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ExplainRequest } from "../../src/common/explanation";
import { formatMessage } from "../../src/common/message";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { elementTypes } from "../../src/graph/elementType";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { makeNode } from "../../src/graph/node";
import type { NodeProto } from "../../src/graph/onnxSchema";
import { joinChunks } from "../../src/graph/protobufWriter";
import { floatTensor, integerTensor } from "../../src/graph/tensor";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { writeTinyFolder } from "../support/tinyModel";
import { errorOf, never, requestFor } from "./support";

let folder = "";
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "no-numbers-"));
  engine = createEngine({ threads: 1, memoryMegabytes: 256 });
});

afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Explains with a small model whose logits are multiplied with the factor that `nodes` make. */
async function explain(nodes: readonly NodeProto[], text: string, changes: Partial<ExplainRequest> = {}) {
  writeTinyFolder(folder);
  const file = corpusFiles(join(corpusFolder, "models")).find(({ label }) => label === "bert.eager.ts17.fp32");
  const model = file && readModel(corpusModel(file));
  const graph = model?.graph;
  if (!graph) {
    throw new Error("no such model");
  }
  const node = graph.node.map((one) => ({ ...one, output: one.output.map((v) => (v === "logits" ? "v" : v)) }));
  const initializer = [
    ...graph.initializer,
    floatTensor("zero", [], Float32Array.of(0)),
    floatTensor("seven", [], Float32Array.of(7)),
    floatTensor("four", [], Float32Array.of(4)),
    integerTensor("second", [], [1n]),
  ];
  const changed = { ...graph, initializer, node: [...node, ...nodes, makeNode("Mul", ["v", "factor"], ["logits"])] };
  await writeFile(join(folder, "model.onnx"), joinChunks(writeModel({ ...model, graph: changed })));
  const request = requestFor(text, { model: { directory: folder, file: null }, methods: ["attention", "saliency"] });
  return await engine.explain({ ...request, ...changes }, never);
}

/** The square root of 7 less the number of tokens. */
const overflowing = [
  makeNode("Shape", ["input_ids"], ["sizes"]),
  makeNode("Gather", ["sizes", "second"], ["length"]),
  makeNode("Cast", ["length"], ["tokens"], { to: elementTypes.float32 }),
  makeNode("Sub", ["seven", "tokens"], ["left"]),
  makeNode("Sqrt", ["left"], ["factor"]),
];

/** The square root of the number of tokens less 4. */
const overflowingWhenShort = [
  ...overflowing.slice(0, 3),
  makeNode("Sub", ["tokens", "four"], ["left"]),
  makeNode("Sqrt", ["left"], ["factor"]),
];

it.each([
  ["infinite for all texts", [makeNode("Reciprocal", ["zero"], ["factor"])], "one"],
  ["no numbers for this text", overflowing, "one two three four five six seven"],
] as const)("logits that are %s are refused in one sentence, by the file's name", async (_, nodes, text) => {
  const error = await errorOf(explain(nodes, text));
  expect(error.reason).toBe("model-unsupported");
  expect(error.message).toMatch(
    /^model\.onnx gives no numbers for this text: its calculation overflows, or its weights are no numbers\. Export it/,
  );
});

it("logits of a text that are numbers are shown, whatever others give", async () => {
  const { prediction } = await explain(overflowing, "one two");
  expect(outcomesOf(prediction).map(({ probability }) => (probability ?? 0) > 0)).toEqual([true, true, true]);
});

it("logits that are no numbers where words are left out leave out the methods that do so, and the value without words", async () => {
  const { attributions, warnings, target } = await explain(overflowingWhenShort, "one two", {
    methods: ["saliency", "occlusion", "rollout"],
    baseline: "delete",
  });
  expect(attributions.map(({ method }) => method)).toEqual(["saliency", "rollout"]);
  expect(target.baselineValue).toBeNull();
  expect(warnings.map(formatMessage)).toEqual([
    expect.stringMatching(/^The value without any word is missing: model\.onnx gives no numbers/),
    expect.stringMatching(/^Left out: Leave one out: model\.onnx gives no numbers/),
  ]);
});
