import { describe, expect, it } from "vitest";
import { readInputs } from "../../../src/engine/tokenInputs";
import { refuseUnbounded } from "../../../src/graph/bounds";
import { contentsOf } from "../../../src/graph/contents";
import { elementTypes } from "../../../src/graph/elementType";
import { makeExplainable } from "../../../src/graph/explainable";
import { graphOf } from "../../../src/graph/graph";
import { refuseUnknownOperators } from "../../../src/graph/knownOperators";
import { writeModel } from "../../../src/graph/modelFile";
import { makeNode } from "../../../src/graph/node";
import type { GraphProto, NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { readGraph } from "../../../src/graph/readGraph";
import { floatTensor, integerTensor, makeTensor } from "../../../src/graph/tensor";
import { typesOf } from "../../../src/graph/types";
import { refuseMuchWork } from "../../../src/graph/workBounds";
import { reasonOf } from "../../support/reasonOf";
import { graphProto, model, node, shaped, value, weight } from "./build";

const vector = (name: string, ...values: number[]) => integerTensor(name, [values.length], values.map(BigInt));
const x = shaped("x", ["batch", "tokens", 4]);

function outcome(nodes: readonly NodeProto[], constants: readonly TensorProto[] = []): string {
  const last = nodes.at(-1)?.output[0] ?? "";
  const graph = graphOf(model(graphProto(nodes, [x], [last], constants)));
  return reasonOf(() => {
    refuseUnbounded(graph);
    refuseMuchWork(graph);
  });
}

describe("sizes that a file asks for", () => {
  const size = (number: number) => [vector("s", 1, 1, number)];
  const twoAxes = (number: number) => [vector("s", number, 4)];

  it.each([
    ["Expand", [node("y = Expand(x, s)")], size],
    ["ConstantOfShape", [node("y = ConstantOfShape(s)")], size],
    ["Tile", [node("y = Tile(x, s)")], size],
    [
      "a size times a computed one",
      [node("t = Shape(x)"), node("u = Mul(t, s)"), node("y = ConstantOfShape(u)")],
      size,
    ],
    ["an outer product", [node("a = ConstantOfShape(s)"), node("b = Transpose(a)"), node("y = MatMul(a, b)")], twoAxes],
  ] as const)("are refused where they are absurd: %s", (_, nodes, constants) => {
    expect(outcome(nodes, constants(4))).toBe("none");
    expect(outcome(nodes, constants(2 ** 27))).toBe("model-file-corrupt");
  });

  it("are refused where a text's own sizes are multiplied again and again, or a value is joined to itself", () => {
    const repeated = (operator: string, count: number) =>
      Array.from({ length: count }, (_, i) => makeNode(operator, [`v${i}`, `v${i}`], [`v${i + 1}`], { axis: 0 }));
    const start = [node("t = Shape(x)"), node("v0 = Gather(t, one)")];
    const one = [vector("one", 1)];
    expect(outcome([...start, ...repeated("Mul", 1), node("y = ConstantOfShape(v1)")], one)).toBe("none");
    expect(outcome([...start, ...repeated("Mul", 4), node("y = ConstantOfShape(v4)")], one)).toBe("model-file-corrupt");
    expect(outcome([node("v0 = Relu(x)"), ...repeated("Concat", 30)])).toBe("model-file-corrupt");
  });

  it("are refused where a Range between constants is absurd, of floats too", () => {
    const range = [node("y = Range(from, to, step)")];
    const floats = (to: number) =>
      Object.entries({ from: 0, to, step: 1 }).map(([name, number]) => floatTensor(name, [], Float32Array.of(number)));
    expect(outcome(range, floats(1000))).toBe("none");
    expect(outcome(range, floats(1e10))).toBe("model-file-corrupt");
  });

  it("may be as large as the weights are", () => {
    const large = { ...weight("w", [1]), dims: [2 ** 24, 4] };
    expect(outcome([node("y = Transpose(w)")], [large])).toBe("none");
    expect(outcome([node("y = Tile(w, s)")], [large, vector("s", 1, 5)])).toBe("model-file-corrupt");
  });
});

describe("operators", () => {
  it("that make pictures are refused by name, also inside branches", () => {
    const inner = graphProto([node("z = Resize(x)")], [], ["z"]);
    const chosen = makeNode("If", ["x"], ["y"], { then_branch: 0 });
    const holder = { ...chosen, attribute: chosen.attribute.map((setting) => ({ ...setting, g: inner })) };
    expect(outcome([holder])).toBe("operator-unsupported");
    expect(outcome([node("y = HannWindow(s)")], [integerTensor("s", [], [4n])])).toBe("operator-unsupported");
  });

  it("that transform sequences are taken as long as the sequence, windows with a sensible edge", () => {
    expect(outcome([node("y = DFT(x)", { axis: 1 })])).toBe("none");
    expect(outcome([node("y = DFT(x, s)", { axis: 1 })], [integerTensor("s", [], [2n ** 40n])])).toBe(
      "operator-unsupported",
    );
    expect(outcome([node("y = Conv(x, w)", { pads: [2, 2] })], [weight("w", [4, 4, 3])])).toBe("none");
    for (const pool of ["AveragePool", "MaxPool", "LpPool"]) {
      expect(outcome([node(`y = ${pool}(x)`, { kernel_shape: [3], pads: [1, 1] })])).toBe("none");
      expect(outcome([node(`y = ${pool}(x)`, { kernel_shape: [300_000] })])).toBe("model-file-corrupt");
      expect(outcome([node(`y = ${pool}(x)`, { kernel_shape: [3], pads: [1, 2 ** 40] })])).toBe("model-file-corrupt");
    }
    expect(outcome([node("y = Conv(x, w)", { pads: [2, 2 ** 40] })], [weight("w", [4, 4, 3])])).toBe(
      "model-file-corrupt",
    );
  });

  it("may be many, and many may read a value, within reason", () => {
    const chain = (count: number, line: (i: number) => string) => [
      node("a0 = Relu(x)"),
      ...Array.from({ length: count }, (_, i) => node(line(i))),
    ];
    expect(outcome(chain(15_000, (i) => `a${i + 1} = Relu(a${i})`))).toBe("none");
    expect(outcome(chain(25_000, (i) => `a${i + 1} = Relu(a${i})`))).toBe("model-unsupported");
    expect(outcome(chain(1500, (i) => `a${i + 1} = Add(a${i}, a0)`))).toBe("none");
    expect(outcome(chain(2500, (i) => `a${i + 1} = Add(a${i}, a0)`))).toBe("model-unsupported");
  });
});

describe("loops", () => {
  const body: GraphProto = graphProto(
    [node("next = Add(state, state)"), node("on = Identity(go)")],
    [value("round", elementTypes.int64), value("go", elementTypes.bool), value("state")],
    ["on", "next"],
  );
  const loop = (rounds: string, inner = body, result = "y"): NodeProto => {
    const plain = makeNode("Loop", [rounds, "", "x"], [result], { body: 0 });
    return { ...plain, attribute: plain.attribute.map((setting) => ({ ...setting, g: inner })) };
  };
  const rounds = (number: bigint) => [integerTensor("n", [], [number])];

  it("run as often as a text is long or a file says, within reason", () => {
    expect(outcome([loop("n")], rounds(12n))).toBe("none");
    const counted = [node("t = Shape(x)"), node("n = Gather(t, one)"), loop("n")];
    expect(outcome(counted, [integerTensor("one", [], [1n])])).toBe("none");
    expect(outcome([loop("n")], rounds(2n ** 40n))).toBe("operator-unsupported");
    expect(outcome([loop("")])).toBe("operator-unsupported");
    const computed = [node("n = ReduceMax(x)"), loop("n")];
    expect(outcome(computed)).toBe("operator-unsupported");
  });

  it("multiply inside one another", () => {
    const nested = { ...body, node: [loop("n", body, "next"), ...body.node.slice(1)] };
    expect(outcome([loop("n", nested)], rounds(20n))).toBe("none");
    expect(outcome([loop("n", nested)], rounds(2000n))).toBe("operator-unsupported");
  });

  it("take the length of a text for what the longest has", () => {
    const counted = (times: number) => [
      node("t = Shape(x)"),
      node("v0 = Gather(t, one)"),
      ...Array.from({ length: times }, (_, i) => node(`v${i + 1} = Mul(v${i}, v0)`)),
      loop(`v${times}`),
    ];
    const one = [integerTensor("one", [], [1n])];
    expect(outcome(counted(0), one)).toBe("none");
    // As often as tokens times tokens.
    expect(outcome(counted(1), one)).toBe("operator-unsupported");
    expect(outcome(counted(2), one)).toBe("operator-unsupported");
  });

  it("count rounds of Scan as those of Loop, one inside the other", () => {
    const scan = (over: string, inner: GraphProto, result: string): NodeProto => {
      const plain = makeNode("Scan", ["small", over], [result], { num_scan_inputs: 1, body: 0 });
      const attribute = plain.attribute.map((setting) =>
        setting.name === "body" ? { ...setting, g: inner } : setting,
      );
      return { ...plain, attribute };
    };
    const level = (nodes: readonly NodeProto[]) => graphProto([...nodes], [value("state"), value("element")], ["next"]);
    const flat = level([node("next = Add(state, element)")]);
    const nested = (depth: number): GraphProto =>
      depth === 1 ? flat : level([scan("over", nested(depth - 1), "deep"), node("next = Add(state, deep)")]);
    const constants = (length: number) => [weight("small", [1]), weight("over", [length])];
    const start = [node("start = Relu(x)")];
    expect(outcome([...start, scan("over", flat, "y")], constants(100))).toBe("none");
    expect(outcome([...start, scan("over", nested(2), "y")], constants(20))).toBe("none");
    expect(outcome([...start, scan("over", flat, "y")], constants(20_000))).toBe("operator-unsupported");
    expect(outcome([...start, scan("over", nested(4), "y")], constants(20))).toBe("operator-unsupported");
  });

  it("do not carry what grows from round to round", () => {
    const growing = {
      ...body,
      node: [makeNode("Concat", ["state", "state"], ["next"], { axis: 1 }), ...body.node.slice(1)],
    };
    expect(outcome([loop("n")], rounds(40n))).toBe("none");
    expect(outcome([loop("n", growing)], rounds(40n))).toBe("operator-unsupported");
  });
});

describe("work that is hidden", () => {
  const large = [vector("s", 1, 1, 2 ** 27)];

  it("in a branch is found, also under the name of something small outside", () => {
    const branch = (nodes: NodeProto[], constants: TensorProto[]) => graphProto(nodes, [], ["z"], constants);
    const choose = (inner: GraphProto): NodeProto => {
      const plain = makeNode("If", ["c"], ["y"], { then_branch: 0, else_branch: 0 });
      return { ...plain, attribute: plain.attribute.map((setting) => ({ ...setting, g: inner })) };
    };
    const start = [node("c = Cast(x)", { to: 9 })];
    const small = branch([node("z = ConstantOfShape(s)")], [vector("s", 1, 4)]);
    const hidden = branch([node("z = ConstantOfShape(s)")], large);
    expect(outcome([...start, choose(small)])).toBe("none");
    expect(outcome([...start, choose(hidden)])).toBe("model-file-corrupt");
    expect(outcome([...start, choose(hidden)], [vector("s", 1, 4)])).toBe("model-file-corrupt");
    const unknown = branch([node("s = Cast(x)", { to: 7 }), node("z = ConstantOfShape(s)")], []);
    expect(outcome([...start, choose(unknown)], [vector("s", 1, 4)])).toBe("operator-unsupported");
  });

  it("behind floats is found", () => {
    const through = [
      node("f = Cast(s)", { to: 1 }),
      node("g = Neg(f)"),
      node("h = Neg(g)"),
      node("i = Cast(h)", { to: 7 }),
      node("y = ConstantOfShape(i)"),
    ];
    expect(outcome(through, [vector("s", 1, 4)])).toBe("none");
    expect(outcome(through, large)).toBe("model-file-corrupt");
  });

  it.each(["Expand", "Tile"])("in the words of a text is refused: %s", (operator) => {
    const nodes = [
      node("most = ReduceMax(x)", { keepdims: 0 }),
      node("whole = Cast(most)", { to: 7 }),
      node("some = Unsqueeze(whole, nought)"),
      node("sizes = Concat(one, one, some)", { axis: 0 }),
      node(`y = ${operator}(x, sizes)`),
    ];
    expect(outcome(nodes, [vector("one", 1), vector("nought", 0)])).toBe("operator-unsupported");
  });

  it("in what grows from a value of unknown size is refused, a few times are not", () => {
    const grown = (count: number) => [
      node("v0 = Unique(x)"),
      ...Array.from({ length: count }, (_, i) => makeNode("Concat", [`v${i}`, `v${i}`], [`v${i + 1}`], { axis: 0 })),
    ];
    expect(outcome(grown(4))).toBe("none");
    expect(outcome(grown(30))).toBe("operator-unsupported");
  });

  it("in numbers that do not fit into 32 bits is refused", () => {
    const nodes = [node("t = Mul(s, s)"), node("u = Mul(t, s)"), node("y = ConstantOfShape(u)")];
    expect(outcome(nodes, [vector("s", 2, 2)])).toBe("none");
    expect(outcome(nodes, [vector("s", 2 ** 31, 2)])).not.toBe("none");
  });

  it("in many values or products that are not large each is refused", () => {
    const fill = (count: number) => Array.from({ length: count }, (_, i) => node(`y${i} = ConstantOfShape(s)`));
    expect(outcome(fill(8), [vector("s", 2 ** 20)])).toBe("none");
    expect(outcome(fill(200), [vector("s", 2 ** 20)])).toBe("model-file-corrupt");
    const products = (count: number) => [
      node("m0 = ConstantOfShape(s)"),
      ...Array.from({ length: count }, (_, i) => node(`m${i + 1} = MatMul(m${i}, m0)`)),
    ];
    expect(outcome(products(2), [vector("s", 2048, 2048)])).toBe("none");
    expect(outcome(products(15), [vector("s", 2048, 2048)])).toBe("model-file-corrupt");
  });
});

it("constants of any type are looked at without their numbers", () => {
  const text = { ...makeTensor("t", elementTypes.string, [1], new Uint8Array()), stringData: [new Uint8Array(1)] };
  expect(outcome([node("y = Relu(x)")], [text])).toBe("none");
});

describe("operators of which nothing is known", () => {
  // Each makes gigabytes of a few bytes.
  it.each([
    ["", "TfIdfVectorizer"],
    ["", "StringConcat"],
    ["", "Compress"],
    ["", "Unique"],
    ["", "MaxRoiPool"],
    ["", "LSTM"],
    ["", "Det"],
    ["ai.onnx.ml", "TreeEnsembleRegressor"],
    ["com.microsoft", "TransposeMatMul"],
    ["com.microsoft", "CDist"],
  ])("are refused by name: %s %s", (domain, operator) => {
    const made = { ...makeNode(operator, ["x"], ["z"]), domain };
    const file = joinChunks(writeModel(model(graphProto([made, node("y = Relu(z)")], [x], ["y"]))));
    expect(reasonOf(() => readGraph(file))).toBe("operator-unsupported");
    const plain = makeNode("If", ["c"], ["y"], { then_branch: 0 });
    const inner = graphProto([made], [], ["z"]);
    const chosen = { ...plain, attribute: plain.attribute.map((setting) => ({ ...setting, g: inner })) };
    expect(reasonOf(() => refuseUnknownOperators([chosen]))).toBe("operator-unsupported");
  });
});

describe("operators named as objects name things", () => {
  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])("are no operators: %s", (operator) => {
    for (const domain of ["", "com.microsoft"]) {
      const graph = graphProto([{ ...makeNode(operator, ["x"], ["y"]), domain }], [x], ["y"]);
      const file = joinChunks(writeModel(model(graph, 9)));
      expect(reasonOf(() => readGraph(file))).toBe("operator-unsupported");
      expect(() => contentsOf({ shipped: graphOf(model(graph)), graph: graphOf(model(graph)) }, "y")).not.toThrow();
      expect(typesOf(graphOf(model({ ...graph, output: [value("y", 0)] }))).get("y")).not.toBeTypeOf("function");
    }
  });

  it.each(["constructor", "__proto__"])("are values like others: %s", (name) => {
    const graph = graphProto([makeNode("Relu", [name], ["y"])], [shaped(name, ["batch", "tokens"])], ["y"]);
    const read = makeExplainable(readGraph(joinChunks(writeModel(model(graph)))));
    expect(read.inputs.map((input) => input.name)).toEqual([name]);
    expect(reasonOf(() => readInputs(read.inputs))).toBe("model-unsupported");
  });
});
