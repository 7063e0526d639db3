import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { elementTypes } from "../../../src/graph/elementType";
import { graphOf } from "../../../src/graph/graph";
import { makeNode, operatorOf } from "../../../src/graph/node";
import { normalForm } from "../../../src/graph/normalForm";
import type { AttributeProto, GraphProto, NodeProto } from "../../../src/graph/onnxSchema";
import { knownConditions } from "../../../src/graph/passes/knownConditions";
import { integerTensor } from "../../../src/graph/tensor";
import { refuseMuchWork } from "../../../src/graph/workBounds";
import { graphProto, model, node, shaped, weight } from "./build";

const constants = [
  integerTensor("batches", [], [0n]),
  integerTensor("tokens", [], [1n]),
  integerTensor("one", [], [1n]),
  integerTensor("sixteen", [], [16n]),
  integerTensor("never", [], [-1n]),
  integerTensor("some", [3], [1n, 1n, 2n]),
  weight("w", [16, 16]),
];
const inputs = [shaped("x", ["batch", "length", 16]), shaped("ids", ["batch", "length"], elementTypes.int64)];

const branch = (name: string, g: GraphProto): AttributeProto => ({
  name,
  g,
  type: 5,
  floats: [],
  ints: [],
  strings: [],
  tensors: [],
  graphs: [],
  sparseTensors: [],
});

/** An If whose first branch makes numbers of what the text says, and whose second hands some on. */
function choice(result: string, condition: string): NodeProto {
  const asked = graphProto([node("most = ReduceMax(ids)"), node("many = Expand(most, some)")], [], ["many"]);
  const known = graphProto([node("kept = Constant()", { value_ints: [1, 1, 2] })], [], ["kept"]);
  const chosen = node(`${result} = If(${condition})`);
  return { ...chosen, attribute: [branch("then_branch", asked), branch("else_branch", known)] };
}

/** Nodes that compare two sizes, as TorchScript does, and say whether they differ. */
const differ = (name: string, a: readonly string[], b: readonly string[]): NodeProto[] => {
  const size = (which: string, [value = "", axis]: readonly string[]) =>
    axis === undefined
      ? [node(`${name}.${which} = Identity(${value})`)]
      : [node(`${name}.${which}s = Shape(${value})`), node(`${name}.${which} = Gather(${name}.${which}s, ${axis})`)];
  return [
    ...size("a", a),
    ...size("b", b),
    node(`${name}.same = Equal(${name}.a, ${name}.b)`),
    node(`${name}.not = Not(${name}.same)`),
    makeNode("Cast", [`${name}.not`], [name], { to: elementTypes.bool }),
  ];
};

const queriesAndKeys = [node("q = MatMul(x, w)"), node("k = MatMul(x, w)")];
const graphWith = (nodes: readonly NodeProto[], outputs: readonly string[]) =>
  graphOf(model(graphProto(nodes, inputs, outputs, constants)));
const operators = (nodes: readonly NodeProto[], outputs: readonly string[] = ["y"]) =>
  knownConditions(graphWith(nodes, outputs)).nodes.map(operatorOf);

/** Which branch a choice by these nodes becomes, the last of which is the condition `c`. */
function branchBy(condition: readonly NodeProto[]): "first" | "second" | "none" {
  const made = operators([...queriesAndKeys, ...condition, choice("r", "c"), node("y = Tile(x, r)")]);
  return made.includes("If") ? "none" : made.includes("Expand") ? "first" : "second";
}

describe("conditions that are known from sizes alone", () => {
  const tiled = [
    ...queriesAndKeys,
    ...differ("c", ["q", "tokens"], ["k", "tokens"]),
    choice("r", "c"),
    node("t = Tile(x, r)"),
    // What the second asks for follows from what the first was.
    ...differ("d", ["t", "tokens"], ["q", "tokens"]),
    choice("s", "d"),
    node("y = Tile(t, s)"),
  ];

  it("choose the branch, so that sizes behind it are known", () => {
    const graph = graphWith(tiled, ["y"]);
    expect(() => refuseMuchWork(graph)).toThrow(ExplainError);
    const made = normalForm(graph);
    expect(made.nodes.map(operatorOf)).toEqual(["Tile", "Tile"]);
    expect(() => refuseMuchWork(made)).not.toThrow();
    expect([...made.initialisers.keys()].filter((name) => name.startsWith("r") || name.startsWith("s"))).toEqual([
      "r",
      "s",
    ]);
  });

  const sameNames = differ("m", ["q", "tokens"], ["k", "tokens"]);
  const fixed = differ("n", ["sixteen"], ["one"]);

  it.each<[string, "first" | "second", NodeProto[]]>([
    ["the same size by name", "second", differ("c", ["q", "tokens"], ["k", "tokens"])],
    ["fixed sizes", "first", differ("c", ["sixteen"], ["one"])],
    ["a size and what none can be", "first", differ("c", ["x", "tokens"], ["never"])],
    ["both of two", "second", [...sameNames, ...fixed, node("c = And(m, n)")]],
    ["one of two", "first", [...sameNames, ...fixed, node("c = Or(m, n)")]],
  ])("are decided: %s", (_, branchTaken, condition) => {
    expect(branchBy(condition)).toBe(branchTaken);
  });

  it.each<[string, NodeProto[]]>([
    ["sizes of two names", differ("c", ["x", "tokens"], ["x", "batches"])],
    ["a size that may be the number", differ("c", ["x", "tokens"], ["one"])],
    ["what the text says", [node("most = ReduceMax(ids)"), ...differ("c", ["most"], ["one"])]],
    ["whether there is any text", [node("s = Shape(x)"), node("n = Gather(s, tokens)"), cast("n", "c")]],
  ])("are left alone: %s", (_, condition) => {
    expect(branchBy(condition)).toBe("none");
  });

  it("stay where the model returns them or others read them", () => {
    const nodes = [
      ...queriesAndKeys,
      ...differ("c", ["q", "tokens"], ["k", "tokens"]),
      choice("r", "c"),
      node("y = Tile(x, r)"),
      makeNode("Cast", ["c"], ["read"], { to: elementTypes.float32 }),
    ];
    const graph = normalForm(graphWith(nodes, ["y", "c", "read"]));
    expect(graph.outputs.map(({ name }) => name)).toEqual(["y", "c", "read"]);
    expect(graph.nodes.map(operatorOf)).not.toContain("If");
    expect(graph.nodes.filter(({ output }) => output.includes("c") || output.includes("read"))).toHaveLength(2);
  });

  it("may choose what the model returns", () => {
    const nodes = [...queriesAndKeys, ...differ("c", ["q", "tokens"], ["k", "tokens"]), choice("y", "c")];
    const graph = knownConditions(graphWith(nodes, ["y"]));
    expect(graph.initialisers.has("y")).toBe(true);
    expect(graph.nodes.map(operatorOf)).not.toContain("If");
  });
});

function cast(from: string, to: string): NodeProto {
  return makeNode("Cast", [from], [to], { to: elementTypes.bool });
}
