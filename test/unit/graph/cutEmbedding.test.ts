import { describe, expect, it } from "vitest";
import { cutEmbedding } from "../../../src/graph/cutEmbedding";
import { elementTypes } from "../../../src/graph/elementType";
import { findEmbedding } from "../../../src/graph/embedding";
import { type Graph, graphOf } from "../../../src/graph/graph";
import { makeNode, operatorOf } from "../../../src/graph/node";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { graphProto, model, node, weight } from "./build";

const dim = [{ dimParam: "batch" }, { dimParam: "sequence" }];
const ids = (name: string) => ({ name, type: { tensorType: { elemType: elementTypes.int64, shape: { dim } } } });

function cut(nodes: readonly NodeProto[], inputs = [ids("ids")]): Graph {
  const graph = graphOf(model(graphProto(nodes, inputs, ["y"], [weight("table", [50, 4]), weight("w", [4, 4])])));
  const embedding = findEmbedding(graph);
  if (!embedding) {
    throw new Error("no embedding");
  }
  return cutEmbedding(graph, embedding, "embeds");
}

describe("cutEmbedding", () => {
  it("feeds embeddings [batch, sequence, width] beside the ids", () => {
    const graph = cut([node("e = Gather(table, ids)"), node("y = MatMul(e, w)")]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["ids", "embeds"]);
    expect(graph.inputs[1]?.type?.tensorType?.shape?.dim).toEqual([...dim, { dimValue: 4 }]);
    expect(graph.nodes.map((n) => [operatorOf(n), ...n.input])).toEqual([["MatMul", "embeds", "w"]]);
    expect(graph.initialisers.has("table")).toBe(false);
  });

  it("replaces every lookup by the same ids", () => {
    const graph = cut([node("a = Gather(table, ids)"), node("b = Gather(table, ids)"), node("y = Add(a, b)")]);
    expect(graph.nodes.map((n) => n.input)).toEqual([["embeds", "embeds"]]);
  });

  it("moves the embeddings as the ids were moved before their lookup", () => {
    const graph = cut([
      makeNode("Transpose", ["ids"], ["turned"], { perm: [1, 0] }),
      node("e = Gather(table, turned)"),
      node("y = MatMul(e, w)"),
    ]);
    const transpose = graph.nodes.find((n) => operatorOf(n) === "Transpose");
    expect(transpose?.input).toEqual(["embeds"]);
    expect(transpose?.attribute[0]?.ints).toEqual([1n, 0n, 2n]);
  });

  it("reshapes the embeddings where the ids were, and keeps the nodes in order", () => {
    const graph = cut(
      [
        node("wide = Unsqueeze(ids, axes)"),
        node("e = Gather(table, ids)"),
        node("f = Gather(table, wide)"),
        node("y = Add(e, f)"),
      ].map((n) => (operatorOf(n) === "Unsqueeze" ? { ...n, opType: "Reshape", input: ["ids", "shape"] } : n)),
      [ids("ids"), ids("shape")],
    );
    expect(graph.nodes.map(operatorOf)).toEqual(["Reshape", "Shape", "Concat", "Reshape", "Add"]);
    expect(graph.nodes.at(-1)?.input[0]).toBe("embeds");
  });

  it("turns all axes where the ids were turned without an order", () => {
    const deep = {
      ...ids("ids"),
      type: { tensorType: { elemType: elementTypes.int64, shape: { dim: [...dim, { dimParam: "deep" }] } } },
    };
    const graph = cut([node("turned = Transpose(ids)"), node("y = Gather(table, turned)")], [deep]);
    expect(graph.nodes.find((n) => operatorOf(n) === "Transpose")?.attribute[0]?.ints).toEqual([2n, 1n, 0n, 3n]);
  });

  it("still returns a lookup that is an output", () => {
    const graph = cut([node("y = Gather(table, ids)")]);
    expect(graph.nodes.map((n) => [operatorOf(n), ...n.input, ...n.output])).toEqual([["Identity", "embeds", "y"]]);
  });

  it("is for numbers that reach the table as they are: not those cut to fewer bits", () => {
    const narrowed = (to: number) => {
      const nodes = [makeNode("Cast", ["ids"], ["cast"], { to }), node("y = Gather(table, cast)")];
      return findEmbedding(graphOf(model(graphProto(nodes, [ids("ids")], ["y"], [weight("table", [50, 4])]))));
    };
    expect(narrowed(elementTypes.int32)).toBeDefined();
    expect(narrowed(elementTypes.uint8)).toBeUndefined();
    expect(narrowed(elementTypes.bool)).toBeUndefined();
  });

  it("leaves lookups by other ids alone", () => {
    const nodes = [node("a = Gather(table, ids)"), node("b = Gather(table, others)"), node("y = Add(a, b)")];
    const graph = cut(nodes, [ids("ids"), ids("others")]);
    expect(graph.nodes.map(operatorOf)).toEqual(["Gather", "Add"]);
  });
});
