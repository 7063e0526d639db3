import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { recentPast } from "../../../src/graph/passes/recentPast";
import { graphProto, model, node, shaped } from "./build";

const inputs = [shaped("x", [1, 2, "tokens", 4]), shaped("past", [1, 2, "past", 4])];
const passedOn = [{ input: "past", output: "present" }];

function parted(nodes: readonly NodeProto[]) {
  return recentPast(graphOf(model(graphProto(nodes, inputs, ["y", "present"]))), passedOn);
}

describe("keys and values of the last tokens", () => {
  it("go in apart, and come out with the new ones alone", () => {
    const found = parted([node("present = Concat(past, x)", { axis: 2 }), node("y = Relu(present)")]);
    const { input = "", output = "" } = found?.recent.get("past") ?? {};
    expect(found?.graph.inputs.map(({ name }) => name)).toEqual(["x", "past", input]);
    expect(found?.graph.outputs.map(({ name }) => name)).toEqual(["y", output]);
    expect(found?.graph.nodes.map(({ opType, input, output }) => [opType, ...input, ...output])).toEqual([
      ["Concat", input, "x", output],
      ["Concat", "past", output, "present"],
      ["Relu", "present", "y"],
    ]);
    const sizes = found?.graph.inputs[2]?.type?.tensorType?.shape?.dim;
    expect(sizes).toEqual([{ dimValue: 1 }, { dimValue: 2 }, { dimParam: input }, { dimValue: 4 }]);
  });

  it("are counted by what else reads those of earlier tokens", () => {
    const found = parted([node("y = Shape(past)"), node("present = Concat(past, x)", { axis: -2 })]);
    const { input = "" } = found?.recent.get("past") ?? {};
    const [whole, size] = found?.graph.nodes ?? [];
    expect(whole?.input).toEqual(["past", input]);
    expect(size?.input).toEqual(whole?.output);
  });

  it.each([
    ["of another axis", [node("present = Concat(past, x)", { axis: 3 }), node("y = Relu(present)")]],
    ["in another order", [node("present = Concat(x, past)", { axis: 2 }), node("y = Relu(present)")]],
    ["of three", [node("present = Concat(past, x, x)", { axis: 2 }), node("y = Relu(present)")]],
    ["by another operator", [node("present = Add(past, x)"), node("y = Relu(present)")]],
  ])("stay with the others where the new ones are joined %s", (_, nodes) => {
    expect(parted(nodes)).toBeNull();
  });
});
