import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../../src/common/errors";
import { type Differentiation, differentiate } from "../../../../src/graph/gradient/differentiate";
import { type Graph, graphOf } from "../../../../src/graph/graph";
import { operatorOf } from "../../../../src/graph/node";
import type { NodeProto } from "../../../../src/graph/onnxSchema";
import { graphProto, model, node, value, weight } from "../build";

function graphFrom(nodes: readonly NodeProto[], output: string, opset = 17): Graph {
  return graphOf(model(graphProto(nodes, [value("x"), value("z")], [output], [weight("w")]), opset));
}

function wanted(target: string, ...values: string[]): Differentiation {
  return { target, seed: "seed", wrt: new Map(values.map((name) => [name, `d${name}`])) };
}

function operators(graph: Graph): string[] {
  return graph.nodes.map(operatorOf);
}

function errorOf(action: () => unknown): ExplainError {
  try {
    action();
  } catch (error) {
    return ExplainError.from(error);
  }
  throw new Error("was accepted");
}

describe("differentiate", () => {
  it("adds an input for the seed and an output for each gradient", () => {
    const graph = graphFrom([node("y = MatMul(x, w)")], "y");
    const both = differentiate(graph, wanted("y", "x"));
    expect(both.inputs.map(({ name }) => name)).toEqual(["x", "z", "seed"]);
    expect(both.outputs.map(({ name }) => name)).toEqual(["y", "dx"]);
  });

  it("writes nothing for frozen weights", () => {
    const graph = graphFrom([node("y = MatMul(x, w)")], "y");
    const products = (both: Graph) => operators(both).filter((operator) => operator.includes("MatMul")).length;
    expect(products(differentiate(graph, wanted("y", "x")))).toBe(2);
    expect(products(differentiate(graph, wanted("y", "x", "w")))).toBe(3);
  });

  it("has what does not depend on the seed in front, so that the runtime takes it as late as it is needed", () => {
    const graph = graphFrom([node("a = Sigmoid(x)"), node("b = Sigmoid(a)"), node("y = Sigmoid(b)")], "y");
    const back = differentiate(graph, wanted("y", "x")).nodes.slice(graph.nodes.length);
    const dependent = new Set(["seed"]);
    const kinds = back.map(({ input, output }) => {
      const isDependent = input.some((name) => dependent.has(name));
      for (const name of isDependent ? output : []) {
        dependent.add(name);
      }
      return isDependent ? "seed" : "none";
    });
    expect(kinds).toContain("none");
    expect(kinds.indexOf("seed")).toBeGreaterThan(kinds.lastIndexOf("none"));
  });

  it("adds what several readers of a value contribute", () => {
    const graph = graphFrom([node("a = Tanh(x)"), node("b = Exp(a)"), node("c = Neg(a)"), node("y = Add(b, c)")], "y");
    const both = differentiate(graph, wanted("y", "x"));
    expect(operators(both).filter((operator) => operator === "Add").length).toBe(2);
  });

  it("gives zeros for a value that the target does not depend on, also where it depends on its shape only", () => {
    const graph = graphFrom([node("s = Shape(x)"), node("y = Expand(w, s)")], "y");
    const both = differentiate(graph, wanted("y", "x"));
    expect(operators(both)).toEqual(["Shape", "Expand", "Shape", "Expand", "Identity"]);
  });

  it("takes the seed itself for the target", () => {
    const both = differentiate(graphFrom([node("y = Tanh(x)")], "y"), wanted("y", "y"));
    expect(both.nodes.at(-1)?.input).toEqual(["seed"]);
  });

  it("refuses operators without a rule by name, but only on the way", () => {
    const nodes = [node("a = Det(x)"), node("b = Tanh(z)"), node("y = Add(a, b)")];
    const error = errorOf(() => differentiate(graphFrom(nodes, "y"), wanted("y", "x")));
    expect(error.reason).toBe("operator-unsupported");
    expect(error.message).toContain("Det");
    expect(() => differentiate(graphFrom(nodes, "y"), wanted("y", "z"))).not.toThrow();
  });

  it("refuses inputs without a rule instead of leaving them out", () => {
    const graph = graphFrom([node("y = Clip(x, z)")], "y");
    expect(() => differentiate(graph, wanted("y", "x"))).not.toThrow();
    expect(errorOf(() => differentiate(graph, wanted("y", "z"))).message).toContain("input 2");
  });

  it("refuses the second result of an operator that has a rule for the first only", () => {
    const graph = graphFrom([node("n, mean = LayerNormalization(x, w)"), node("y = Add(n, mean)")], "y");
    expect(errorOf(() => differentiate(graph, wanted("y", "x"))).message).toContain("LayerNormalization");
  });

  it("says which operator set picking needs", () => {
    const graph = graphFrom([node("i = Cast(z)", { to: 7 }), node("y = GatherElements(x, i)")], "y", 14);
    const error = errorOf(() => differentiate(graph, wanted("y", "x")));
    expect(error.reason).toBe("operator-unsupported");
    expect(error.message).toContain("operator set 16");
  });

  it("refuses operator sets in which the way back cannot be written", () => {
    const graph = graphFrom([node("y = Tanh(x)")], "y", 12);
    expect(errorOf(() => differentiate(graph, wanted("y", "x"))).reason).toBe("operator-unsupported");
  });

  it("refuses what is not in the graph", () => {
    const graph = graphFrom([node("y = Tanh(x)")], "y");
    expect(errorOf(() => differentiate(graph, wanted("y", "nowhere"))).message).toContain("nowhere");
  });

  it("ends at comparisons and integers", () => {
    const nodes = [node("c = Greater(x, z)"), node("i = Cast(x)", { to: 7 }), node("f = Cast(i)", { to: 1 })];
    const graph = graphFrom([...nodes, node("y = Where(c, f, w)")], "y");
    expect(operators(differentiate(graph, wanted("y", "x")))).not.toContain("Sub");
  });
});
