import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { graphOf } from "../../../src/graph/graph";
import type { NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { runBytesOf } from "../../../src/graph/runBytes";
import { shapesOf } from "../../../src/graph/shapes/shapes";
import { integerTensor } from "../../../src/graph/tensor";
import { typesOf } from "../../../src/graph/types";
import { graphProto, model, node, shaped, weight } from "./build";

/** What a graph on 4 floats for each token takes; x itself is the caller's. */
function runBytes(nodes: readonly NodeProto[], outputs: readonly string[], constants: readonly TensorProto[] = []) {
  const graph = graphOf(model(graphProto(nodes, [shaped("x", ["batch", "tokens", 4])], outputs, constants)));
  return runBytesOf(graph, shapesOf(graph), typesOf(graph));
}

const chain = [node("a = Relu(x)"), node("b = Relu(a)"), node("c = Relu(b)")];

describe("what a run takes", () => {
  // One value of x's shape takes 16 bytes for each token of each row.
  it.each([
    ["each result only until it has been read", chain, ["c"], 2],
    ["what is read again until then", [...chain, node("d = Add(c, a)"), node("e = Relu(d)")], ["e"], 3],
    ["outputs to the end", chain, ["a", "c"], 3],
    ["results that nobody reads while they are made", [node("a = Relu(x)"), node("b = Relu(x)")], ["b"], 1],
  ] as const)("holds %s", (_, nodes, outputs, values) => {
    const bytes = runBytes(nodes, outputs);
    expect(bytes(1, 1)).toBe(values * 16);
    expect(bytes(3, 7)).toBe(values * 16 * 3 * 7);
  });

  it("grows with the square of the tokens where they look at each other", () => {
    const bytes = runBytes(
      [
        node("turned = Transpose(x)", { perm: [0, 2, 1] }),
        node("scores = MatMul(x, turned)"),
        node("map = Softmax(scores)"),
      ],
      ["map"],
    );
    // Few tokens: the turned ones (16 each) and the scores (4 for each pair); many: scores and map.
    expect(bytes(2, 3)).toBe(2 * (16 * 3 + 4 * 9));
    expect(bytes(2, 10)).toBe(2 * 2 * 4 * 100);
  });

  it("counts a view for nothing but as a reader of what it shows", () => {
    const bytes = runBytes(
      [
        node("a = Relu(x)"),
        node("v = Reshape(a, s)"),
        node("b = Relu(v)"),
        node("c = Add(b, a)"),
        node("d = Add(c, v)"),
      ],
      ["d"],
      [integerTensor("s", [3], [0n, -1n, 4n])],
    );
    expect(bytes(2, 5)).toBe(3 * 16 * 10);
  });

  it("knows how large elements are, and values that no text makes larger", () => {
    const wide = [node("m = Greater(x, x)"), node("i = Cast(m)", { to: elementTypes.int64 }), node("n = Not(m)")];
    expect(runBytes([...wide, node("y = Relu(x)")], ["y"])(2, 5)).toBe((1 + 8) * 4 * 10);
    expect(runBytes([node("y = Transpose(w)")], ["y"], [weight("w", [6, 8])])(3, 100)).toBe(4 * 48);
  });
});
