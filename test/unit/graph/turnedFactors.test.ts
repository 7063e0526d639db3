import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { turnedFactors } from "../../../src/graph/turnedFactors";
import { graphProto, model, node, shaped, weight } from "./build";

const turned = (nodes: readonly NodeProto[], outputs: readonly string[] = ["y"], dims = [3, 2]) =>
  turnedFactors(graphOf(model(graphProto(nodes, [shaped("x", ["batch", "tokens", 2])], outputs, [weight("w", dims)]))));
const told = ({ nodes }: ReturnType<typeof turned>) => nodes.map((n) => `${operatorOf(n)}(${n.input.join(", ")})`);
const turn = { perm: [1, 0] };

describe("a product with a turned weight", () => {
  it("reads the weight as it lies", () => {
    const graph = turned([node("t = Transpose(w)", turn), node("y = MatMul(x, t)")]);
    expect(told(graph)).toEqual(["com.microsoft.FusedMatMul(x, w)"]);
    expect(graph.nodes[0]?.attribute.map(({ name, i }) => `${name} ${i}`)).toEqual(["transB 1"]);
  });

  it("is a plain one where the weight was turned twice", () => {
    const twice = [node("t = Transpose(w)", turn), node("u = Transpose(t)")];
    expect(told(turned([...twice, node("y = MatMul(x, u)")], ["y"], [2, 3]))).toEqual(["MatMul(x, w)"]);
  });

  it("stays where something else is turned, and what else reads the turned weight keeps it", () => {
    const asked = [node("t = Transpose(w)", turn), node("y = MatMul(x, t)")];
    expect(told(turned(asked, ["y", "t"]))).toEqual(["Transpose(w)", "com.microsoft.FusedMatMul(x, w)"]);
    const activations = [node("t = Transpose(x)", { perm: [0, 2, 1] }), node("y = MatMul(x, t)")];
    expect(told(turned(activations))).toEqual(["Transpose(x)", "MatMul(x, t)"]);
    const kept = [node("t = Transpose(w)", { perm: [0, 1] }), node("y = MatMul(x, t)")];
    expect(told(turned(kept, ["y"], [2, 3]))).toEqual(["Transpose(w)", "MatMul(x, t)"]);
    const left = [node("t = Transpose(w)", turn), node("y = MatMul(t, x)")];
    expect(told(turned(left))).toEqual(["Transpose(w)", "MatMul(t, x)"]);
  });
});
