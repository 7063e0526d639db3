import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { graphOf } from "../../../src/graph/graph";
import { makeNode, operatorOf } from "../../../src/graph/node";
import type { NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { knownIntegers } from "../../../src/graph/passes/knownIntegers";
import { integerTensor, tensorNumbers } from "../../../src/graph/tensor";
import { graphProto, model, node, shaped, value } from "./build";

const vector = (name: string, ...values: number[]) => integerTensor(name, [values.length], values.map(BigInt));
const scalar = (name: string, number: number) => integerTensor(name, [], [BigInt(number)]);
const constants = [
  vector("two", 2),
  scalar("last", 2),
  vector("first", 0),
  vector("three", 3),
  scalar("3", 3),
  vector("any", -1),
];
const x = shaped("x", ["batch", "tokens", 16]);
const cast = (line: string, to: number) => node(line, { to });

function folded(nodes: readonly NodeProto[], extra: readonly TensorProto[] = [], outputs = ["y"]) {
  const proto = graphProto(nodes, [x], outputs, [...constants, ...extra]);
  const whole = { ...proto, output: outputs.map((name) => value(name, elementTypes.int64)) };
  const graph = knownIntegers(graphOf(model(whole)));
  const found = (name: string) => {
    const tensor = graph.initialisers.get(name);
    return tensor && { dims: tensor.dims, values: Array.from(tensorNumbers(tensor)) };
  };
  return { operators: graph.nodes.map(operatorOf), found };
}

describe("whole numbers that are known", () => {
  it("become constants, as far as no size of a text is in them", () => {
    const { operators, found } = folded([
      node("shape = Shape(x)"),
      node("width = Gather(shape, last)"),
      cast("wide = Cast(width)", elementTypes.int64),
      node("each = Div(wide, 3)"),
      node("row = Unsqueeze(each, first)"),
      node("batch = Gather(shape, first)"),
      makeNode("Concat", ["batch", "any", "row"], ["to"], { axis: 0 }),
      node("y = Reshape(x, to)"),
    ]);
    expect(operators).toEqual(["Shape", "Gather", "Concat", "Reshape"]);
    expect(found("width")).toEqual({ dims: [], values: [16] });
    // Whole numbers divide without a rest: 16 / 3.
    expect(found("row")).toEqual({ dims: [1], values: [5] });
  });

  it("stay where they are computed as floats, have two axes or are what the model returns", () => {
    const floats = [
      node("shape = Shape(x)"),
      node("width = Gather(shape, last)"),
      cast("float = Cast(width)", elementTypes.float32),
      node("y = Mul(x, float)"),
    ];
    expect(folded(floats).operators).toEqual(["Shape", "Cast", "Mul"]);
    const flat = vector("flat", 1, 2, 3);
    const matrix = [node("table = Unsqueeze(flat, first)"), node("y = Gather(table, first)")];
    expect(folded(matrix, [flat]).operators).toEqual(["Unsqueeze", "Gather"]);
    expect(folded([node("y = Add(two, three)")]).operators).toEqual(["Add"]);
    expect(folded([node("z = Add(two, three)"), node("y = Expand(x, z)")]).found("z")).toEqual({
      dims: [1],
      values: [5],
    });
  });
});
