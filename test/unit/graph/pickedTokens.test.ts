import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { pickedTokens } from "../../../src/graph/passes/pickedTokens";
import { readPlaces } from "../../../src/graph/passes/readPlaces";
import { integerTensor } from "../../../src/graph/tensor";
import { graphProto, model, node, shaped, weight } from "./build";

function picked(nodes: readonly NodeProto[], x: readonly (string | number)[] = ["batch", "tokens", 2], index = 0) {
  const weights = [weight("w"), weight("b", [2]), weight("positions", [5, 2]), integerTensor("i", [], [BigInt(index)])];
  const graph = graphOf(model(graphProto(nodes, [shaped("x", x)], ["y"], weights)));
  return pickedTokens(graph).nodes.map((n) => `${operatorOf(n)} ${n.input.join(" ")}`);
}

const pick = node("y = Gather(last, i)", { axis: 1 });

describe("tokens that are picked", () => {
  it("are picked before products and what goes with them, both operands of a sum, each once", () => {
    const nodes = [
      node("product = MatMul(x, w)"),
      node("shifted = Add(b, product)"),
      node("active = Tanh(shifted)"),
      node("last = Add(active, x)"),
      pick,
    ];
    expect(picked(nodes)).toEqual([
      "Gather x picked",
      "MatMul x.picked w",
      "Add b product.picked",
      "Tanh shifted.picked",
      "Add active.picked x.picked",
      "Gather last.picked i",
    ]);
  });

  it("are the last ones too", () => {
    expect(picked([node("last = MatMul(x, w)"), pick], undefined, -1)).toEqual([
      "Gather x picked",
      "MatMul x.picked w",
      "Gather last.picked i",
    ]);
  });

  it("stay where tokens look at each other", () => {
    const nodes = [
      node("product = MatMul(x, w)"),
      node("mixed = Softmax(product)"),
      node("last = MatMul(mixed, w)"),
      pick,
    ];
    expect(picked(nodes)).toEqual([
      "MatMul x w",
      "Softmax product",
      "Gather mixed picked",
      "MatMul mixed.picked w",
      "Gather last.picked i",
    ]);
  });

  it("are picked from what is computed for all tokens in any case, as on the way of residual connections", () => {
    const nodes = [
      node("product = MatMul(x, w)"),
      node("state = Add(product, x)"),
      node("mixed = Softmax(state)"),
      node("next = MatMul(mixed, w)"),
      node("last = Add(next, state)"),
      pick,
    ];
    expect(picked(nodes)).toEqual([
      "MatMul x w",
      "Add product x",
      "Softmax state",
      "Gather mixed picked",
      "MatMul mixed.picked w",
      "Gather state picked",
      "Add next.picked state.picked",
      "Gather last.picked i",
    ]);
  });

  it("are those that outputs are read at, but where something has other rows than the text has tokens", () => {
    const nodes = [
      node("inner = MatMul(x, w)"),
      node("placed = Add(inner, rows)"),
      node("outer = MatMul(placed, w)"),
      node("state = Add(placed, outer)"),
      node("logits = MatMul(state, w)"),
    ];
    const weights = [weight("w"), weight("rows", [1, 1, 2])];
    const graph = graphOf(model(graphProto(nodes, [shaped("x", ["batch", "tokens", 2])], ["logits"], weights)));
    const lines = pickedTokens(readPlaces(graph, ["logits"])).nodes.map((n) => `${operatorOf(n)} ${n.input.join(" ")}`);
    expect(lines).toEqual([
      "MatMul x w",
      "Add inner rows",
      "Reshape explain/places column",
      "Flatten placed",
      "Gather placed.rows explain/places/column",
      "MatMul placed.picked w",
      "Add placed.picked outer.picked",
      "Identity state.picked~1",
      "MatMul state.picked w",
      "Concat logits.picked",
      "Flatten flat",
    ]);
  });

  it.each([
    ["nothing is saved", [node("last = Tanh(x)"), pick], undefined, 0],
    ["one in the middle is picked", [node("last = MatMul(x, w)"), pick], undefined, 1],
    ["the axis is not that of tokens", [node("last = MatMul(x, w)"), pick], ["tokens", 2], 0],
    ["a row per token is added", [node("m = MatMul(x, w)"), node("last = Add(m, positions)"), pick], undefined, 0],
  ] as const)("leaves a graph alone where %s", (_, nodes, dims, index) => {
    const before = nodes.map((n) => `${operatorOf(n)} ${n.input.join(" ")}`);
    expect(picked(nodes, dims, index)).toEqual(before);
  });
});
