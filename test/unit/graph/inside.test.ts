import { describe, expect, it } from "vitest";
import { traceAttention } from "../../../src/graph/attention";
import { feedValues } from "../../../src/graph/attentionEdits";
import { elementTypes } from "../../../src/graph/elementType";
import { type Graph, graphOf } from "../../../src/graph/graph";
import { findHiddenStates } from "../../../src/graph/hiddenStates";
import { makeNode } from "../../../src/graph/node";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { findValues } from "../../../src/graph/valueVectors";
import { attentionBlock, blockInputs, blockWeights, graphProto, model, node, weight } from "./build";

const weights = [...blockWeights, weight("wo", [2, 2]), weight("bo", [2]), weight("norm", [2]), weight("scale1", [])];

function graph(nodes: readonly NodeProto[], outputs: readonly string[]): Graph {
  return graphOf(model(graphProto(nodes, blockInputs, outputs, weights), 18));
}

function states(nodes: readonly NodeProto[], outputs: readonly string[]): string[] {
  const made = graph(nodes, outputs);
  return findHiddenStates(made, traceAttention(made)).map(({ value: name }) => name);
}

/** A block whose last line, which adds to the stream, is replaced. */
const ending = (name: string, from: string, lines: readonly NodeProto[]) => [
  ...attentionBlock(name, from).slice(0, -1),
  ...lines,
];

describe("hidden states", () => {
  it("are what attention is added to, and what is left in the end", () => {
    const two = [...attentionBlock("a", "x"), ...attentionBlock("b", "a.out")];
    expect(states([...two, node("y = MatMul(b.out, wq)")], ["y"])).toEqual(["x", "a.out", "b.out"]);
  });

  it("end after the sums and the normalisation that everything passes", () => {
    const rest = [
      node("ff = MatMul(a.out, wq)"),
      node("sum = Add(a.out, ff)"),
      node("normed = LayerNormalization(sum, norm, norm)"),
      node("cast = Cast(normed)", { to: 1 }),
      node("scaled = Mul(cast, scale1)"),
      node("y = MatMul(scaled, wq)"),
    ];
    expect(states([...attentionBlock("a", "x"), ...rest], ["y"])).toEqual(["x", "cast"]);
    const branched = [
      node("aside = LayerNormalization(a.out, norm, norm)"),
      node("y = Concat(aside, a.out)", { axis: 0 }),
    ];
    expect(states([...attentionBlock("a", "x"), ...branched], ["y"])).toEqual(["x", "a.out"]);
  });

  it("are none where a block is not added to a stream", () => {
    expect(states(ending("a", "x", [node("y = Concat(a.mixed, x)", { axis: 0 })]), ["y"])).toEqual([]);
    expect(states(ending("a", "x", [node("y = MatMul(a.mixed, wo)")]), ["y"])).toEqual([]);
  });
});

describe("value vectors and output projections", () => {
  const of = (lines: readonly NodeProto[]) => {
    const made = graph(ending("a", "x", lines), ["y"]);
    return findValues(made, traceAttention(made))[0];
  };

  it("take a projection from MatMul or Gemm, with its bias, through what joins the heads", () => {
    const join = [makeNode("Transpose", ["a.mixed"], ["t"]), node("flat = Reshape(t, heads)")];
    const added = [...join, node("z = MatMul(flat, wo)"), node("y = Add(bo, z)")];
    expect(of(added)?.projection).toEqual({ weight: "wo", transposed: false, bias: "bo", result: "y" });
    const gemm = [...join, node("y = Gemm(flat, wo, bo)", { transB: 1 })];
    expect(of(gemm)?.projection).toEqual({ weight: "wo", transposed: true, bias: "bo", result: "y" });
    const turned = [node("w = Transpose(wo)"), node("y = Gemm(a.mixed, w)", { transB: 1 })];
    expect(of(turned)?.projection).toEqual({ weight: "wo", transposed: false, bias: null, result: "y" });
  });

  it.each([
    ["something else comes before", [node("g = Tanh(a.mixed)"), node("y = MatMul(g, wo)")]],
    ["there are two readers", [node("z = MatMul(a.mixed, wo)"), node("y = Add(z, a.mixed)")]],
    ["the weights are none", [node("y = MatMul(a.mixed, x)")]],
  ] as const)("have no projection where %s", (_, lines) => {
    expect(of(lines)?.projection).toBeNull();
  });

  it("need value vectors with four axes on the right", () => {
    const made = graph(attentionBlock("a", "x"), ["a.out"]);
    expect(findValues(made, traceAttention(made))[0]?.values).toBeNull();
    const turned = graph(ending("a", "x", [node("y = MatMul(a.v, a.map)")]), ["y"]);
    expect(findValues(turned, traceAttention(turned))[0]?.values ?? null).toBeNull();
  });
});

describe("edited attention", () => {
  it("feeds a map and computes no longer what only led to it", () => {
    const fed = feedValues(graph(attentionBlock("a", "x"), ["a.out"]), new Map([["a.map", "map"]]));
    expect(fed.nodes.map((n) => n.output[0])).toEqual(["a.v", "a.mixed", "a.out"]);
    expect(fed.inputs.at(-1)?.name).toBe("map");
    expect(fed.inputs.at(-1)?.type?.tensorType?.elemType).toBe(elementTypes.float32);
  });
});
