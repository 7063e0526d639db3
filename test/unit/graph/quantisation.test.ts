import { describe, expect, it } from "vitest";
import { type Graph, graphOf } from "../../../src/graph/graph";
import { integerAttribute, operatorOf } from "../../../src/graph/node";
import { normalForm } from "../../../src/graph/normalForm";
import type { NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { tensorNumbers } from "../../../src/graph/tensor";
import { graphProto, model, node, value, weight } from "./build";

function int8(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return { ...weight(name, dims), dataType: 3, rawData: Uint8Array.from(values) };
}

const two: TensorProto = { ...weight("two", []), rawData: new Uint8Array(Float32Array.of(2).buffer) };
const constants = [int8("w8", [2, 2], [1, 2, 3, 4]), int8("zero", [], [1]), two];

function normal(nodes: readonly NodeProto[], outputs: readonly string[]): Graph {
  return normalForm(graphOf(model(graphProto(nodes, [value("x"), value("ids", 7)], outputs, constants))));
}

function product(scales = "Mul(xs, two)", integers = "MatMulInteger(x8, w8, xz, zero)"): NodeProto[] {
  return [
    node("x8, xs, xz = DynamicQuantizeLinear(x)"),
    node(`y32 = ${integers}`),
    node("yf = Cast(y32)", { to: 1 }),
    node(`s = ${scales}`),
    node("y = Mul(yf, s)"),
  ];
}

describe("products quantised while the model runs", () => {
  it("become products of floats, whichever way round the factors are", () => {
    for (const lines of [product(), product("Mul(two, xs)"), [...product().slice(0, 4), node("y = Mul(s, yf)")]]) {
      const graph = normal(lines, ["y"]);
      expect(graph.nodes.map(operatorOf)).toEqual(["MatMul"]);
      expect(graph.nodes[0]?.input[0]).toBe("x");
      const weights = graph.initialisers.get(graph.nodes[0]?.input[1] ?? "");
      expect(weights && [...tensorNumbers(weights)]).toEqual([0, 2, 4, 6]);
    }
  });

  it("stay as they are where the pattern is another", () => {
    const others = [
      product("Mul(xs, xs)"),
      product("Add(xs, two)"),
      product(undefined, "MatMulInteger(x8, w8, zero, zero)"),
      product(undefined, "MatMulInteger(x8, x8, xz, xz)"),
    ];
    for (const lines of others) {
      expect(normal(lines, ["y"]).nodes.map(operatorOf)).toContain("MatMulInteger");
    }
  });
});

describe("lookups in quantised tables", () => {
  it("share one table of floats", () => {
    const nodes = ["a", "b"].flatMap((name) => [
      node(`${name}8 = Gather(w8, ids)`),
      node(`${name} = DequantizeLinear(${name}8, two, zero)`),
    ]);
    const graph = normal([...nodes, node("y = Add(a, b)")], ["y"]);
    expect(graph.nodes.map(operatorOf)).toEqual(["Gather", "Gather", "Add"]);
    expect([...graph.initialisers.values()].map((table) => [...tensorNumbers(table)])).toEqual([[0, 2, 4, 6]]);
  });

  it("keep their axis, and stay where the result depends on it", () => {
    const columns = [node("a8 = Gather(w8, ids)", { axis: 1 }), node("y = DequantizeLinear(a8, two)")];
    expect(integerAttribute(normal(columns, ["y"]).nodes[0] ?? columns[1] ?? node("a = b()"), "axis", 0)).toBe(1);
    const scaled = [node("a8 = Gather(w8, ids)"), node("y = DequantizeLinear(a8, x)")];
    expect(normal(scaled, ["y"]).nodes).toEqual(scaled);
  });

  it("are not dequantised without end for a file that asks for it", () => {
    const scales = Array.from({ length: 1000 }, (_, i) => weight(`s${i}`, []));
    const nodes = scales.map((scale, i) => node(`y${i} = DequantizeLinear(w8, ${scale.name})`));
    const sum = node(`y = Sum(${nodes.map((n) => n.output[0]).join(", ")})`);
    const proto = graphProto([...nodes, sum], [], ["y"], [...constants, ...scales]);
    expect(normalForm(graphOf(model(proto))).nodes.length).toBe(1000 - 8 + 1);
  });
});
