import { describe, expect, it } from "vitest";
import type { ExplainError } from "../../../src/common/errors";
import { externalRanges, resolveExternal } from "../../../src/graph/externalData";
import { graphOf, linksOf, modelOf } from "../../../src/graph/graph";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import { operatorOf } from "../../../src/graph/node";
import { normalForm } from "../../../src/graph/normalForm";
import type { GraphProto, ModelProto, NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { graphProto, model, node, value, weight } from "./build";

function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return `${(error as ExplainError).reason}: ${(error as ExplainError).message}`;
  }
  return "accepted";
}

function roundTrip(m: ModelProto): ModelProto {
  return readModel(joinChunks(writeModel(m)));
}

/** An If node whose branches are the given graphs. */
function branching(line: string, branches: readonly GraphProto[]): NodeProto {
  const blank = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };
  const names = ["then_branch", "else_branch"];
  return { ...node(line), attribute: branches.map((g, i) => ({ ...blank, name: names[i] ?? "", g, type: 5 })) };
}

describe("the graph of a model", () => {
  const inputs = [value("x")];

  it("sorts nodes that the file has out of order and keeps an order that holds", () => {
    const [a, b, c] = [node("a = Relu(x)"), node("b = Relu(x)"), node("c = Add(a, b)")];
    expect(graphOf(model(graphProto([c, b, a], inputs, ["c"]))).nodes.indexOf(c)).toBe(2);
    expect(graphOf(model(graphProto([b, a, c], inputs, ["c"]))).nodes).toEqual([b, a, c]);
  });

  it("takes initialisers listed as inputs, as old files have them, for constants", () => {
    const graph = graphOf(model(graphProto([node("y = Add(x, w)")], [value("x"), value("w")], ["y"], [weight("w")])));
    expect(graph.inputs.map((input) => input.name)).toEqual(["x"]);
    expect(modelOf({ ...graph, model: { ...graph.model, irVersion: 3 } }).irVersion).toBe(4);
  });

  it("counts what inner graphs take from outside", () => {
    const inner = graphProto([node("i = Add(a, w)")], [], ["i"], [weight("w")]);
    const branch = branching("y = If(x)", [inner, inner]);
    const graph = graphOf(model(graphProto([branch, node("a = Relu(x)")], inputs, ["y"])));
    expect(graph.nodes.map(operatorOf)).toEqual(["Relu", "If"]);
    expect(linksOf(graph).consumers("a")).toHaveLength(1);
    expect(linksOf(graph).consumers("w")).toHaveLength(0);
  });

  const refusals: readonly (readonly [string, ModelProto, RegExp])[] = [
    ["a circle", model(graphProto([node("a = Add(x, b)"), node("b = Relu(a)")], inputs, ["a"])), /corrupt.*circle/],
    ["a node that feeds itself", model(graphProto([node("a = Add(x, a)")], inputs, ["a"])), /corrupt.*circle/],
    ["a value from nowhere", model(graphProto([node("a = Relu(q)")], inputs, ["a"])), /corrupt.*value q/],
    ["an output from nowhere", model(graphProto([node("a = Relu(x)")], inputs, ["q"])), /corrupt.*output q/],
    ["no outputs", model(graphProto([], inputs, [])), /corrupt.*no outputs/],
    ["a value made twice", model(graphProto([node("a = Relu(x)"), node("a = Abs(x)")], inputs, ["a"])), /corrupt.*two/],
    ["a value that hides an input", model(graphProto([node("x = Relu(x)")], inputs, ["x"])), /corrupt.*two/],
    ["old operators", model(graphProto([], inputs, ["x"]), 6), /unsupported.*operator set 6/],
    [
      "operators of other makers",
      model(graphProto([{ ...node("a = Magic(x)"), domain: "org.example" }], inputs, ["a"])),
      /operator-unsupported.*org\.example\.Magic/,
    ],
  ];
  it.each(refusals)("refuses %s", (_, m, message) => {
    expect(reasonOf(() => graphOf(m))).toMatch(message);
  });

  it("refuses tensors whose data does not fit their dimensions, wherever they are", () => {
    const wrong: readonly TensorProto[] = [
      { ...weight("w"), dims: [3, 2] },
      { ...weight("w"), dims: [-1, 2] },
      { ...weight("w"), dims: [2 ** 30, 2 ** 30] },
      { ...weight("w"), dataType: 99 },
      { ...weight("w"), dataType: 7 },
      { ...weight("w"), dataLocation: 5 },
      { dims: [2], dataType: 1, floatData: new Uint8Array(4), stringData: [], externalData: [] },
      { dims: [2], dataType: 6, int32Data: Uint8Array.of(255, 1), stringData: [], externalData: [] },
      { dims: [2], dataType: 8, stringData: [new Uint8Array(1)], externalData: [] },
    ];
    for (const tensor of wrong) {
      expect(reasonOf(() => roundTrip(model(graphProto([], [], ["w"], [tensor]))))).toMatch(/model-file-corrupt/);
      const inner = graphProto([], [], ["w"], [tensor]);
      const deep = model(graphProto([branching("y = If(x)", [inner, inner])], inputs, ["y"]));
      expect(reasonOf(() => roundTrip(deep))).toMatch(/model-file-corrupt/);
    }
    const sparse = { ...graphProto([], inputs, ["x"]), sparseInitializer: [new Uint8Array(3)] };
    expect(reasonOf(() => roundTrip(model(sparse)))).toMatch(/model-unsupported.*sparse/);
  });
});

describe("the normal form", () => {
  const inputs = [value("x")];

  it("removes Identity and Dropout, also for inner graphs, and keeps the names of outputs", () => {
    const inner = graphProto([node("i = Relu(b)")], [], ["i"]);
    const nodes = [
      node("a = Identity(x)"),
      node("b = Dropout(a, ratio, training)"),
      branching("c = If(x)", [inner, inner]),
      node("y = Identity(c)"),
      node("z = Dropout(b)"),
    ];
    const weights = [weight("ratio", []), weight("training", [])];
    const normal = normalForm(graphOf(model(graphProto(nodes, inputs, ["y", "z"], weights))));
    expect(normal.nodes.map(operatorOf)).toEqual(["If", "Identity", "Identity"]);
    expect(normal.nodes[0]?.attribute[0]?.g?.node[0]?.input).toEqual(["x"]);
    expect(normal.nodes[2]?.input).toEqual(["x"]);
    expect(normal.initialisers.size).toBe(0);
  });

  it("keeps a Dropout whose mask is read", () => {
    const nodes = [node("a, m = Dropout(x)"), node("y = Where(m, a, x)")];
    expect(normalForm(graphOf(model(graphProto(nodes, inputs, ["y"])))).nodes).toEqual(nodes);
  });

  it("makes Constant nodes initialisers, whichever way they hold their value", () => {
    const blank = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };
    const settings = [
      { name: "value", t: weight("inside", [2]) },
      { name: "value_float", f: 2 },
      { name: "value_floats", floats: [1, 2, 3] },
      { name: "value_int", i: 5n },
      { name: "value_ints", ints: [6n, 7n] },
    ];
    const nodes = settings.map((setting, i) => ({
      ...node(`c${i} = Constant()`),
      attribute: [{ ...blank, ...setting }],
    }));
    const sum = node("y = Sum(x, c0, c1, c2, c3, c4)");
    const { initialisers, nodes: left } = normalForm(graphOf(model(graphProto([...nodes, sum], inputs, ["y"]))));
    expect(left).toEqual([sum]);
    expect([...initialisers.values()].map((t) => [t.name, t.dataType, t.dims])).toEqual([
      ["c0", 1, [2]],
      ["c1", 1, []],
      ["c2", 1, [3]],
      ["c3", 7, []],
      ["c4", 7, [2]],
    ]);
    expect(initialisers.get("c4")?.rawData).toEqual(Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0));
  });

  it("drops what no output needs, but no inputs", () => {
    const nodes = [node("a = Relu(x)"), node("b = Add(x, w)"), node("y = Abs(x)")];
    const normal = normalForm(graphOf(model(graphProto(nodes, [value("x"), value("q")], ["y"], [weight("w")]))));
    expect(normal.nodes.map(operatorOf)).toEqual(["Abs"]);
    expect(normal.initialisers.size).toBe(0);
    expect(normal.inputs).toHaveLength(2);
  });
});

describe("weights in other files", () => {
  function outside(entries: Readonly<Record<string, string>>): ModelProto {
    const externalData = Object.entries(entries).map(([key, text]) => ({ key, value: text }));
    const tensor: TensorProto = { name: "w", dims: [2, 2], dataType: 1, dataLocation: 1, stringData: [], externalData };
    return roundTrip(model(graphProto([], [], ["w"], [tensor])));
  }

  it("lists them with their place and fetches them", () => {
    const m = outside({ location: "./data\\weights.bin", offset: "8", length: "16" });
    expect(externalRanges(m)).toEqual([{ tensor: "w", location: "data/weights.bin", offset: 8, length: 16 }]);
    const fetched = Uint8Array.from({ length: 16 }, (_, i) => i);
    const resolved = resolveExternal(m, () => fetched);
    expect(resolved.graph?.initializer[0]).toMatchObject({ rawData: fetched, externalData: [] });
    expect(externalRanges(resolved)).toEqual([]);
    expect(externalRanges(outside({ location: "w" }))[0]).toMatchObject({ offset: 0, length: 16 });
  });

  it.each([
    "",
    "/etc/passwd",
    "\\\\server\\share",
    "C:\\weights",
    "c:weights",
    "file:///etc/passwd",
    "../weights",
    "a/../../weights",
    "a\\..\\..\\weights",
    "*/_ORT_MEM_ADDR_/*",
    "a\0b",
  ])("refuses the location %j", (location) => {
    expect(reasonOf(() => externalRanges(outside({ location })))).toMatch(/model-file-unsafe/);
  });

  it.each([
    ["a length that is not the tensor's", { location: "w", length: "17" }],
    ["a negative offset", { location: "w", offset: "-1" }],
    ["an offset that is no number", { location: "w", offset: "0x10" }],
    ["an offset beyond all numbers", { location: "w", offset: "9".repeat(40) }],
  ])("refuses %s", (_, entries) => {
    expect(reasonOf(() => externalRanges(outside(entries)))).toMatch(/model-file-corrupt/);
  });

  it("refuses a file that gives too little", () => {
    expect(reasonOf(() => resolveExternal(outside({ location: "w" }), () => new Uint8Array(3)))).toMatch(/shorter/);
  });
});
