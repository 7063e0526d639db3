import { describe, expect, it } from "vitest";
import { type Graph, graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import type { NodeProto, ValueInfoProto } from "../../../src/graph/onnxSchema";
import { emptyPast } from "../../../src/graph/passes/emptyPast";
import { integerTensor } from "../../../src/graph/tensor";
import { graphProto, model, node, weight } from "./build";

function shaped(name: string, dims: readonly (number | string)[], elemType = 1): ValueInfoProto {
  const dim = dims.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

const text = shaped("x", ["batch", 2, "tokens", 4]);
const past = shaped("past", ["batch", 2, "past", 4]);
const mask = shaped("mask", ["batch", "past + tokens"]);

function emptied(nodes: readonly NodeProto[], inputs: readonly ValueInfoProto[], outputs: readonly string[]): Graph {
  const zero = integerTensor("zero", [], [0n]);
  return emptyPast(
    graphOf(model(graphProto([node("k = Relu(x)"), ...nodes], inputs, outputs, [zero, weight("scale")]))),
  );
}

const names = (values: readonly ValueInfoProto[]) => values.map(({ name }) => name);
const operators = (graph: Graph) => graph.nodes.map(operatorOf);

describe("the past of a decoder", () => {
  it("goes with the output that returns it, and sizes are told without it", () => {
    const nodes = [
      node("all = Concat(past, k)", { axis: 2 }),
      node("present = Identity(all)"),
      node("y = Add(all, mask)"),
    ];
    const graph = emptied(nodes, [text, past, mask], ["y", "present"]);
    expect(names(graph.inputs)).toEqual(["x", "mask"]);
    expect(names(graph.outputs)).toEqual(["y"]);
    expect(graph.nodes.map(({ opType, input }) => [opType, ...input])).toEqual([
      ["Relu", "x"],
      ["Identity", "k"],
      ["Add", "all", "mask"],
    ]);
    expect(graph.inputs[1]?.type?.tensorType?.shape?.dim).toEqual([{ dimParam: "batch" }, { dimParam: "tokens" }]);
  });

  it("is an empty tensor for what else reads it, with the batch of the other inputs", () => {
    const nodes = [
      node("present = Concat(past, k)", { axis: 2 }),
      node("s = Shape(past)"),
      node("y = Expand(scale, s)"),
    ];
    const graph = emptied(nodes, [past, text], ["y", "present"]);
    expect(names(graph.inputs)).toEqual(["x"]);
    expect(operators(graph)).toEqual(["Shape", "Slice", "Concat", "Expand", "Shape", "Expand"]);
    const empty = graph.nodes.find(({ output }) => output[0] === "past");
    expect(graph.initialisers.get(empty?.input[0] ?? "")?.dims).toEqual([1, 2, 0, 4]);
  });

  it("of keys and values in one tensor, turned and taken apart, is found", () => {
    const both = shaped("past", [2, "batch", 2, "past", 4]);
    const nodes = [
      node("old = Gather(past, zero)"),
      node("turned = Transpose(old)"),
      node("all = Concat(turned, k)", { axis: 3 }),
      node("apart = Unsqueeze(all)"),
      node("present = Concat(apart, apart)"),
      node("y = Add(all, all)"),
    ];
    const graph = emptied(nodes, [both, text], ["y", "present"]);
    expect(names(graph.outputs)).toEqual(["y"]);
    expect(operators(graph)).toEqual(["Relu", "Identity", "Add"]);
  });

  it.each([
    ["Attention(k, k, k, , past)", "Attention(k, k, k, , )"],
    ["GroupQueryAttention(k, k, k, past, past)", "GroupQueryAttention(k, k, k, , )"],
    ["MultiHeadAttention(k, k, k, , , , past, past)", "MultiHeadAttention(k, k, k, , , , , )"],
  ])("inside %s goes, with what returns it", (before, after) => {
    const attention = { ...node(`y, present = ${before}`), domain: "com.microsoft" };
    // What returns it here may have several axes of unknown size.
    const open = shaped("past", ["batch", 2, "past", "width"]);
    const graph = emptied([attention], [text, open], ["y", "present"]);
    expect(names(graph.inputs)).toEqual(["x"]);
    expect(names(graph.outputs)).toEqual(["y"]);
    expect(graph.nodes[1]?.input).toEqual(node(`y = ${after}`).input);
  });

  it.each<[string, ValueInfoProto, readonly NodeProto[], readonly string[]]>([
    [
      "put before the text without coming back",
      past,
      [node("all = Concat(past, k)"), node("y = Add(all, all)")],
      ["y"],
    ],
    ["read as it is", past, [node("y = MatMul(k, past)"), node("z = Identity(past)")], ["y", "z"]],
    ["of fixed length", shaped("past", [1, 2, 8, 4]), [node("z = Concat(past, k)"), node("y = Add(z, z)")], ["y", "z"]],
    [
      "whose length is not known from the others",
      shaped("past", ["batch", "heads", "past", 4]),
      [node("z = Concat(past, k)"), node("s = Shape(past)"), node("y = Reshape(z, s)")],
      ["y", "z"],
    ],
    ["put after the text", past, [node("z = Concat(k, past)"), node("y = Add(z, z)")], ["y", "z"]],
    ["that is all there is", past, [node("z = Concat(past, k)")], ["z"]],
  ])("stays an input where it is %s", (_, input, nodes, outputs) => {
    const graph = emptied(nodes, [text, input], outputs);
    expect(names(graph.inputs)).toEqual(["x", "past"]);
    expect(names(graph.outputs)).toEqual(outputs);
  });
});
