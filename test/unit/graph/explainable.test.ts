import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { makeExplainable } from "../../../src/graph/explainable";
import { graphOf } from "../../../src/graph/graph";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import { operatorOf } from "../../../src/graph/node";
import type { NodeProto, TensorProto, ValueInfoProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { readGraph } from "../../../src/graph/readGraph";
import { integerTensor, makeTensor } from "../../../src/graph/tensor";
import { attentionBlock, blockInputs, blockWeights, graphProto, model, node, value, weight } from "./build";

function file(
  nodes: readonly NodeProto[],
  outputs: readonly string[],
  inputs: readonly ValueInfoProto[] = blockInputs,
  weights: readonly TensorProto[] = blockWeights,
): Uint8Array {
  return joinChunks(writeModel(model(graphProto(nodes, inputs, outputs, weights))));
}

function rewritten(bytes: Uint8Array) {
  const explainable = makeExplainable(readGraph(bytes));
  return { explainable, graph: graphOf(readModel(joinChunks(explainable.model))) };
}

describe("rewriting a model for explaining", () => {
  it("adds the maps as outputs and describes what the file itself has", () => {
    const bytes = readFileSync(new URL("../../fixtures/graph/bert-sdpa-ts14.onnx", import.meta.url));
    const copy = Uint8Array.from(bytes);
    const { explainable, graph } = rewritten(bytes);
    expect(Buffer.compare(bytes, copy)).toBe(0);
    const names = ["explain/attention/0", "explain/attention/1", "explain/attention/2"];
    expect(graph.outputs.map((output) => output.name)).toEqual(["logits", ...names]);
    expect(explainable.attention).toEqual(names.map((name, layer) => ({ name, layer, kind: "self", stream: "main" })));
    expect(explainable.inputs).toEqual(
      ["input_ids", "attention_mask", "token_type_ids"].map((name) => ({
        name,
        elementType: "int64",
        dims: ["batch", "sequence"],
      })),
    );
    expect(explainable.outputs).toMatchObject([{ name: "logits", elementType: "float32", dims: ["batch", 3] }]);
    expect(explainable).toMatchObject({ opset: 14, attentionMissing: null });
    expect(explainable.fed).toMatchObject({ name: "explain/embeddings", vocabulary: 60, width: 32 });
  });

  it("says when it computes another function than the file as shipped", () => {
    const read = (name: string) =>
      makeExplainable(readGraph(readFileSync(new URL(`../../fixtures/graph/${name}`, import.meta.url))));
    expect(read("bert-fused-ts17.onnx").differs).toBeNull();
    expect(read("bertint8-eager-ts17.onnx").differs?.template).toMatch(/not rounded/);
  });

  it.each([0, 4])(
    "says so of 4-bit products at the level of accuracy %d only where they compute with 8 bits",
    (level) => {
      const settings = { K: 16, N: 2, bits: 4, block_size: 16, accuracy_level: level };
      const product = { ...node("y = MatMulNBits(x, packed, scales)", settings), domain: "com.microsoft" };
      const packed = makeTensor("packed", elementTypes.uint8, [2, 1, 8], new Uint8Array(16));
      const file = writeModel(model(graphProto([product], [value("x")], ["y"], [packed, weight("scales", [2])])));
      expect(makeExplainable(readGraph(joinChunks(file))).differs?.template).toEqual(
        level === 0 ? undefined : expect.stringMatching(/not rounded/),
      );
    },
  );

  it("costs no copy of weights", () => {
    const bytes = readFileSync(new URL("../../fixtures/graph/bert-sdpa-ts14.onnx", import.meta.url));
    const views = makeExplainable(readGraph(bytes)).model.filter((chunk) => chunk.buffer === bytes.buffer);
    expect(views.reduce((size, view) => size + view.length, 0)).toBeGreaterThan(0.4 * bytes.length);
  });

  it("gives maps of other types as 32-bit floats and leaves outputs of the file their names", () => {
    const double = attentionBlock("a", "x").map((n) =>
      n.output[0] === "a.masked" ? node("a.masked = Cast(a.scaled)", { to: 11 }) : n,
    );
    expect(operatorOf(rewritten(file(double, ["a.out"])).graph.nodes.at(-1) ?? node("a = None()"))).toBe("Cast");
    const both = rewritten(file(attentionBlock("a", "x"), ["a.out", "a.map"])).graph;
    expect(both.nodes.at(-1)).toMatchObject({ opType: "Identity", input: ["a.map"], output: ["explain/attention/0"] });
  });

  it("says why there is no attention", () => {
    const plain = makeExplainable(readGraph(file([node("y = Relu(x)")], ["y"])));
    expect(plain.attention).toEqual([]);
    expect(plain.attentionMissing?.template).toMatch(/no Softmax/);
    const fused = makeExplainable(
      readGraph(file([{ ...node("y = Attention(x, wq)"), domain: "com.microsoft" }], ["y"])),
    );
    expect(fused.attentionMissing?.args).toEqual(["com.microsoft.Attention"]);
  });

  it("refuses reserved names, inputs that are no tensors, and constants of absurd size", () => {
    expect(() => readGraph(file([node("explain/a = Relu(x)")], ["explain/a"]))).toThrow(/names/);
    const named = file([node("y = MatMul(x, explain/w)")], ["y"], [value("x")], [weight("explain/w")]);
    expect(() => readGraph(named)).toThrow(/names/);
    expect(() => makeExplainable(readGraph(file([node("y = Relu(x)")], ["y"], [{ name: "x" }], [])))).toThrow(
      /plain tensor/,
    );
    for (const line of ["y = ConstantOfShape(s)", "y = Expand(x, s)", "y = Tile(x, s)"]) {
      const shape = integerTensor("s", [2], [2n ** 20n, 2n ** 20n]);
      expect(() => makeExplainable(readGraph(file([node(line)], ["y"], [value("x")], [shape])))).toThrow(/absurd/);
    }
  });

  it("reads weights from other files where it may, and says so where it may not", () => {
    const weights = blockWeights.map((tensor): TensorProto => {
      const { rawData: _, ...rest } = tensor;
      return { ...rest, dataLocation: 1, externalData: [{ key: "location", value: `${tensor.name}.bin` }] };
    });
    const bytes = file(attentionBlock("a", "x"), ["a.out"], blockInputs, weights);
    const asked: string[] = [];
    const explainable = makeExplainable(
      readGraph(bytes, (location, offset, length) => {
        asked.push(`${location} ${offset} ${length}`);
        return new Uint8Array(length);
      }),
    );
    expect(asked).toEqual(["wq.bin 0 8", "wk.bin 0 8", "wv.bin 0 8", "heads.bin 0 8", "scale.bin 0 8"]);
    expect(explainable.attention).toHaveLength(1);
    expect(() => makeExplainable(readGraph(bytes))).toThrow(/other files/);
  });
});
