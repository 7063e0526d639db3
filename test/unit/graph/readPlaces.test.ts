import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { readPlaces } from "../../../src/graph/passes/readPlaces";
import { integerTensor } from "../../../src/graph/tensor";
import { graphProto, model, node, shaped, weight } from "./build";

const weights = [integerTensor("last", [1], [-1n]), weight("w"), weight("b", [2]), weight("rows", [1, 1, 2])];

function read(nodes: readonly NodeProto[], outputs: readonly string[] = ["logits"], rows: number | string = "batch") {
  const inputs = [shaped("x", [rows, "tokens", 2]), shaped("each", [rows, "tokens"])];
  return readPlaces(graphOf(model(graphProto(nodes, inputs, outputs, weights))), outputs);
}

const lines = ({ nodes }: { readonly nodes: readonly NodeProto[] }) =>
  nodes.map((one) => `${one.output.join()} = ${operatorOf(one)} ${one.input.join(" ")}`);

const column = "explain/places/column = Reshape explain/places column";
const ending = (part: string) => [`flat = Concat ${part}`, "logits = Flatten flat"];

describe("outputs read at places", () => {
  it("are picked before the head's first product, whatever follows it", () => {
    const graph = read([
      node("state = Tanh(x)"),
      node("dense = MatMul(state, w)"),
      node("shifted = Add(dense, b)"),
      // x + x³, as activation functions have it.
      node("square = Mul(shifted, shifted)"),
      node("active = Add(shifted, square)"),
      node("logits = MatMul(active, w)"),
    ]);
    expect(lines(graph)).toEqual([
      "state = Tanh x",
      column,
      "state.rows = Flatten state",
      "state.picked = Gather state.rows explain/places/column",
      "dense.picked = MatMul state.picked w",
      "shifted.picked = Add dense.picked b",
      "square.picked = Mul shifted.picked shifted.picked",
      "active.picked = Add shifted.picked square.picked",
      "logits.picked = MatMul active.picked w",
      ...ending("logits.picked"),
    ]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x", "each", "explain/places"]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["logits"]);
  });

  it("leave the states that blocks hand on as they are", () => {
    const graph = read([
      node("inner = MatMul(x, w)"),
      node("state = Add(x, inner)"),
      node("end = LayerNormalization(state, b, b)"),
      node("logits = MatMul(end, w)"),
    ]);
    expect(lines(graph)).toEqual([
      "inner = MatMul x w",
      "state = Add x inner",
      "end = LayerNormalization state b b",
      column,
      "end.rows = Flatten end",
      "end.picked = Gather end.rows explain/places/column",
      "logits.picked = MatMul end.picked w",
      ...ending("logits.picked"),
    ]);
  });

  it("are picked themselves where something has other rows than the text has tokens", () => {
    const nodes = [node("dense = MatMul(x, w)"), node("logits = Add(dense, rows)")];
    expect(lines(read(nodes)).slice(2)).toEqual([
      column,
      "logits.rows = Flatten logits.tokens",
      "logits.picked = Gather logits.rows explain/places/column",
      ...ending("logits.picked"),
    ]);
  });

  it("are joined where there are several, of numbers for each token or of one", () => {
    const graph = read([node("start = Tanh(each)"), node("end = Exp(x)")], ["start", "end"]);
    expect(lines(graph).slice(-4)).toEqual([
      "end.rows = Flatten end",
      "end.picked = Gather end.rows explain/places/column",
      "flat = Concat start.picked end.picked",
      "logits = Flatten flat",
    ]);
    expect(graph.outputs[0]?.type?.tensorType?.shape?.dim).toEqual([{ dimParam: "explain/places" }, { dimValue: 3 }]);
  });

  it("are picked before the head's product where that has one number for each, cut into pieces", () => {
    const graph = read(
      [
        node("both = MatMul(x, w)"),
        node("first, second = Split(both)", { axis: -1, num_outputs: 2 }),
        node("start = Squeeze(first, last)"),
        node("end = Squeeze(second, last)"),
      ],
      ["start", "end"],
    );
    expect(lines(graph).slice(1, -2)).toEqual([
      "x.rows = Flatten x",
      "x.picked = Gather x.rows explain/places/column",
      "both.picked = MatMul x.picked w",
      "first.picked,second.picked = Split both.picked",
      "first.picked~2,second.picked~1 = Split both.picked",
    ]);
  });

  it("are read of a single text too", () => {
    expect(lines(read([node("logits = MatMul(x, w)")], undefined, 1))).toContain("logits.picked = MatMul x.picked w");
  });

  it.each([
    ["one number", node("logits = ReduceSum(x)", { keepdims: 0 })],
    ["a number for each class", node("logits = ReduceSum(x)", { keepdims: 0, axes: [1] })],
  ])("are refused where they are %s of the text as a whole", (_, pooled) => {
    expect(() => read([pooled])).toThrow(/not numbers for each of its tokens/);
  });
});
