import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { elementTypes } from "../../../src/graph/elementType";
import { type Graph, graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
} from "../../../src/graph/onnxSchema";
import { constantIf } from "../../../src/graph/passes/constantIf";
import { fullPrecision, usesSixteenBit } from "../../../src/graph/passes/fullPrecision";
import { inlineFunctions } from "../../../src/graph/passes/inlineFunctions";
import { matMulNBits } from "../../../src/graph/passes/matMulNBits";
import { raiseOpset, requireRaised } from "../../../src/graph/passes/raiseOpset";
import { ranksOf } from "../../../src/graph/ranks";
import { tensorNumbers } from "../../../src/graph/tensor";
import { workOf } from "../../support/work";
import { graphProto, model, node, value, weight } from "./build";

const none = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };

function own(line: string, attribute: readonly AttributeProto[] = []): NodeProto {
  return { ...node(line), domain: "own", attribute };
}

function defined(name: string, nodes: readonly NodeProto[], changes: Partial<FunctionProto> = {}): FunctionProto {
  const opsetImport = [{ version: 17 }, { domain: "com.microsoft", version: 1 }];
  return {
    name,
    domain: "own",
    input: ["x"],
    output: ["y"],
    attribute: [],
    node: nodes,
    opsetImport,
    attributeProto: [],
    ...changes,
  };
}

function withFunctions(nodes: readonly NodeProto[], functions: readonly FunctionProto[], outputs = ["out"]): Graph {
  const proto: ModelProto = { ...model(graphProto(nodes, [value("in")], outputs)), functions };
  return inlineFunctions(graphOf(proto));
}

const lines = ({ nodes }: Graph) =>
  nodes.map((n) => `${n.output.join(", ")} = ${operatorOf(n)}(${n.input.join(", ")})`);

function reason(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return error instanceof ExplainError ? error.reason : "no reason";
  }
  return "none";
}

describe("functions of a file", () => {
  it("are written out with names of their own, one inside the other", () => {
    const twice = defined("Twice", [own("middle = Once(x)"), own("y = Once(middle)")]);
    const once = defined("Once", [node("middle = Relu(x)"), node("y = Tanh(middle)")]);
    const graph = withFunctions([node("middle = Exp(in)"), own("out = Twice(middle)")], [twice, once]);
    expect(lines(graph)).toEqual([
      "middle = Exp(in)",
      "middle~2 = Relu(middle)",
      "middle~1 = Tanh(middle~2)",
      "middle~3 = Relu(middle~1)",
      "out = Tanh(middle~3)",
    ]);
    expect(graph.model.functions).toEqual([]);
    expect(graph.model.opsetImport).toContainEqual({ domain: "com.microsoft", version: 1 });
  });

  it("hand settings on, take defaults, and leave out what neither gives", () => {
    const reference = (name: string): AttributeProto => ({
      ...none,
      name,
      refAttrName: `${name} of function`,
      type: 2,
    });
    const inner = { ...node("y = Softmax(x)"), attribute: ["axis", "other", "missing"].map(reference) };
    const given = { ...none, name: "axis of function", i: 5n, type: 2 };
    const byDefault = { ...none, name: "other of function", i: 6n, type: 2 };
    const [written] = withFunctions(
      [own("out = F(in)", [given])],
      [defined("F", [inner], { attributeProto: [byDefault] })],
    ).nodes;
    expect(written?.attribute).toEqual([
      { ...none, name: "axis", i: 5n, type: 2 },
      { ...none, name: "other", i: 6n, type: 2 },
    ]);
  });

  it("may leave inputs and outputs out, and hand an input through", () => {
    const both = defined("Both", [node("z = Clip(x, low)")], { input: ["x", "low"], output: ["x", "z"] });
    const graph = withFunctions([own("a, b = Both(in)"), own("c,  = Both(in)"), node("out = Sum(a, b, c)")], [both]);
    expect(lines(graph)).toEqual(
      ["z = Clip(in, )", "b = Clip(in, )", "a = Identity(in)", "c = Identity(in)", "out = Sum(a, b, c)"].toSorted(
        (x, y) => lines(graph).indexOf(x) - lines(graph).indexOf(y),
      ),
    );
  });

  it("in another operator set, or of a name used twice, stay", () => {
    const newer = defined("F", [node("y = Relu(x)")], { opsetImport: [{ version: 21 }] });
    const call = [own("out = F(in)")];
    expect(lines(withFunctions(call, [newer]))).toEqual(["out = own.F(in)"]);
    expect(withFunctions(call, [newer]).model.functions).toHaveLength(1);
    const same = defined("F", [node("y = Relu(x)")]);
    expect(lines(withFunctions(call, [same, same]))).toEqual(["out = own.F(in)"]);
  });

  it("in another operator set are written out where both mean the same, and the graph is then in the newer one", () => {
    const inSet = (opset: number, version: number, body = node("y = Relu(x)")) => {
      const proto = model(graphProto([own("out = F(in)")], [value("in")], ["out"]), opset);
      const functions = [defined("F", [body], { opsetImport: [{ version }] })];
      return inlineFunctions(graphOf({ ...proto, functions }));
    };
    for (const [opset, version] of [
      [18, 20],
      [21, 18],
    ] as const) {
      const graph = inSet(opset, version);
      expect(lines(graph)).toEqual(["out = Relu(in)"]);
      expect(graph.opset).toBe(Math.max(opset, version));
      expect(graph.model.opsetImport).toContainEqual({ version: graph.opset });
    }
    expect(lines(inSet(18, 17))).toEqual(["out = own.F(in)"]);
    expect(lines(inSet(18, 21, node("y = GroupNormalization(x, x, x)")))).toEqual(["out = own.F(in)"]);
  });

  it("are refused when they call themselves, read what they do not have, or stand for too much", () => {
    const loop = [defined("A", [own("y = B(x)")]), defined("B", [own("y = A(x)")])];
    expect(reason(() => withFunctions([own("out = A(in)")], loop))).toBe("model-file-corrupt");
    const reading = defined("A", [node("y = Relu(in)")]);
    expect(reason(() => withFunctions([own("out = A(in)")], [reading]))).toBe("model-file-corrupt");
    const bomb = Array.from({ length: 40 }, (_, i) =>
      defined(`F${i}`, i === 39 ? [node("y = Relu(x)")] : [own(`m = F${i + 1}(x)`), own(`y = F${i + 1}(m)`)]),
    );
    const steps = (work: () => void) => workOf(work).steps;
    expect(
      steps(() => expect(reason(() => withFunctions([own("out = F0(in)")], bomb))).toBe("model-unsupported")),
    ).toBeLessThan(100_000);
    // A wide one has few nodes, but each reads thousands of values.
    const wide = defined("Wide", [node(`y = Sum(${Array(5000).fill("x").join(", ")})`)]);
    const calls = Array.from({ length: 2000 }, (_, i) => own(`v${i} = Wide(in)`));
    const all = [...calls, node("out = Relu(v0)")];
    expect(steps(() => expect(reason(() => withFunctions(all, [wide]))).toBe("model-unsupported"))).toBeLessThan(
      10_000_000,
    );
  });
});

function choice(condition: string, taken: GraphProto, other: GraphProto): NodeProto {
  const attribute = [
    { ...none, name: "then_branch", g: taken, type: 5 },
    { ...none, name: "else_branch", g: other, type: 5 },
  ];
  return { ...node(`out = If(${condition})`), attribute };
}

function boolean(name: string, truth: boolean): TensorProto {
  return {
    name,
    dims: [],
    dataType: elementTypes.bool,
    rawData: Uint8Array.of(truth ? 1 : 0),
    stringData: [],
    externalData: [],
  };
}

describe("If with a constant condition", () => {
  const taken = graphProto([node("a = Add(in, w)"), node("r = Relu(a)")], [], ["r"], [weight("w")]);
  const other = graphProto([node("r = Tanh(in)")], [], ["r"]);
  const resolved = (nodes: readonly NodeProto[], truth = true, inputs = [value("in")]) =>
    constantIf(graphOf(model(graphProto(nodes, inputs, ["out"], [boolean("yes", truth)]))));

  it("becomes the branch that is taken, under names that clash with nothing", () => {
    const nodes = [node("a = Exp(in)"), choice("yes", taken, other)];
    expect(lines(resolved(nodes))).toEqual(["a = Exp(in)", "a~2 = Add(in, w~1)", "out = Relu(a~2)"]);
    expect(resolved(nodes).initialisers.has("w~1")).toBe(true);
    expect(lines(resolved([choice("yes", taken, other)], false))).toEqual(["out = Tanh(in)"]);
  });

  it("may follow from other constants, lie in another, and hand a value through", () => {
    const through = graphProto([], [], ["in"]);
    const nodes = [node("no = Not(yes)"), node("both = And(yes, no)"), choice("both", taken, through)];
    expect(lines(resolved(nodes)).at(-1)).toBe("out = Identity(in)");
    const nested = graphProto([{ ...choice("yes", taken, other), output: ["n"] }, node("r = Neg(n)")], [], ["r"]);
    expect(lines(resolved([choice("yes", nested, other)])).map((line) => line.replaceAll(/~\d+/g, ""))).toEqual([
      "a = Add(in, w)",
      "n = Relu(a)",
      "out = Neg(n)",
    ]);
  });

  it("stays where the condition is fed", () => {
    const graph = resolved([choice("flag", taken, other)], true, [value("in"), value("flag", elementTypes.bool)]);
    expect(lines(graph)).toEqual(["out = If(flag)"]);
  });

  it("of a merged decoder takes the branch without a past, and inputs only for the past go", () => {
    const past = graphProto([node("r = Add(in, past)")], [], ["r"]);
    const inputs = [value("in"), value("past"), value("unread"), value("use_cache_branch", elementTypes.bool)];
    const graph = resolved([choice("use_cache_branch", past, other)], true, inputs);
    expect(lines(graph)).toEqual(["out = Tanh(in)"]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["in", "unread"]);
  });
});

describe("raising the operator set", () => {
  const from = (opset: number, nodes: readonly NodeProto[]) =>
    graphOf(model(graphProto(nodes, [value("x")], ["y"]), opset));

  it.each([
    ["Softmax of unknown rank", 11, node("y = Softmax(x)", { axis: 2 }), "Softmax"],
    ["Resize", 10, node("y = Resize(x)"), "Resize"],
    [
      "BatchNormalization apart for each place",
      8,
      node("y = BatchNormalization(x)", { spatial: 0 }),
      "BatchNormalization",
    ],
  ])("leaves a graph with %s and names it", (_, opset, obstacle, name) => {
    const graph = from(opset, [obstacle]);
    expect(raiseOpset(graph)).toBe(graph);
    expect(() => requireRaised(graph)).toThrow(name);
  });

  it("says into how many parts a split is, which the runtime does not check", () => {
    const equal = raiseOpset(from(13, [node("y, z = Split(x)")]));
    expect(equal.nodes[0]?.attribute).toMatchObject([{ name: "num_outputs", i: 2n }]);
    const unequal = raiseOpset(from(13, [node("y, z = Split(x, x)")]));
    expect(unequal.nodes[0]?.attribute).toEqual([]);
  });

  it("raises the rest, and leaves newer ones", () => {
    const raised = raiseOpset(from(11, [node("y = Softmax(x)", { axis: -1 })]));
    expect(raised).toMatchObject({ opset: 18, model: { opsetImport: [{ version: 18 }] } });
    requireRaised(raised);
    const newer = from(21, [node("y = Relu(x)")]);
    expect(raiseOpset(newer)).toBe(newer);
  });
});

describe("16-bit floats", () => {
  function sixteen(dataType: number, patterns: readonly number[], raw = true): TensorProto {
    const rawData = new Uint8Array(Uint16Array.from(patterns).buffer);
    const int32Data = Uint8Array.from(patterns.flatMap((p) => [(p & 127) | 128, ((p >> 7) & 127) | 128, p >> 14]));
    return {
      name: "w",
      dims: [patterns.length],
      dataType,
      stringData: [],
      externalData: [],
      ...(raw ? { rawData } : { int32Data }),
    };
  }

  const widened = (tensor: TensorProto) => {
    const graph = fullPrecision(graphOf(model(graphProto([node("y = Add(x, w)")], [value("x")], ["y"], [tensor]))));
    expect(usesSixteenBit(graph)).toBe(false);
    return [...tensorNumbers(graph.initialisers.get("w") ?? tensor)];
  };

  it.each([true, false])("are the numbers their bits stand for (bytes: %s)", (raw) => {
    const patterns = [0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x7c00, 0xfc00, 0x7e00, 0x8000];
    expect(widened(sixteen(elementTypes.float16, patterns, raw))).toEqual([
      1,
      -2,
      0.333251953125,
      65504,
      2 ** -14,
      2 ** -24,
      -1023 / 2 ** 24,
      Infinity,
      -Infinity,
      Number.NaN,
      -0,
    ]);
    expect(widened(sixteen(elementTypes.bfloat16, [0x3f80, 0xc049, 0x7f80], raw))).toEqual([1, -3.140625, Infinity]);
  });

  it("go everywhere: inputs, outputs, casts, and inside branches", () => {
    const cast = node("r = Cast(x)", { to: elementTypes.float16 });
    const inner = { ...graphProto([cast], [], []), output: [value("r", elementTypes.float16)] };
    const proto = graphProto([node("flag = Cast(x)", { to: 9 }), choice("flag", inner, inner)], [value("x", 10)], []);
    const graph = fullPrecision(graphOf(model({ ...proto, output: [value("out", 10)] })));
    expect(usesSixteenBit(graph)).toBe(false);
    expect([...graph.inputs, ...graph.outputs].map(({ type }) => type?.tensorType?.elemType)).toEqual([1, 1]);
  });

  it("stay where the weights would no longer fit into a file", () => {
    const large: TensorProto = { ...sixteen(elementTypes.float16, []), dims: [500_000_000] };
    const graph = graphOf(model(graphProto([node("y = Add(x, w)")], [value("x")], ["y"], [large])));
    expect(fullPrecision(graph)).toBe(graph);
  });
});

describe("weights in blocks", () => {
  const bytes = (name: string, dims: readonly number[], values: readonly number[]): TensorProto => ({
    ...boolean(name, true),
    dims,
    dataType: elementTypes.uint8,
    rawData: Uint8Array.from(values),
  });
  const packed = bytes("b", [2, 1, 8], [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0]);
  const scales = { ...weight("s", [2]), rawData: new Uint8Array(Float32Array.of(0.5, 2).buffer) };
  const settings = { K: 16, N: 2, bits: 4, block_size: 16 };
  const run = (line: string, changes: Readonly<Record<string, number>> = {}, extra: readonly TensorProto[] = []) => {
    const product = { ...node(line, { ...settings, ...changes }), domain: "com.microsoft" };
    return matMulNBits(graphOf(model(graphProto([product], [value("x")], ["y"], [packed, scales, ...extra]))));
  };

  it("are unpacked, low half first, with the middle of the range as zero unless told", () => {
    const graph = run("y = MatMulNBits(x, b, s)");
    expect(lines(graph)).toEqual(["y = MatMul(x, b~floats)"]);
    const column = (n: number, g: Graph) =>
      [...tensorNumbers(g.initialisers.get("b~floats") ?? packed)].filter((_, i) => i % 2 === n);
    expect(column(0, graph)).toEqual(Array.from({ length: 16 }, (_, q) => (q - 8) * 0.5));
    const withZeros = run("y = MatMulNBits(x, b, s, z)", {}, [bytes("z", [2], [3, 15])]);
    expect(column(0, withZeros)).toEqual(Array.from({ length: 16 }, (_, q) => (q - 3) * 0.5));
    expect(column(1, withZeros)).toEqual([0, 0, ...Array(14).fill(-30)]);
  });

  it.each([
    ["y = MatMulNBits(x, b, s)", { bits: 2 }],
    ["y = MatMulNBits(x, b, s)", { N: 3 }],
    ["y = MatMulNBits(x, b, s)", { K: 17 }],
    ["y = MatMulNBits(x, b, s)", { block_size: 32 }],
    ["y = MatMulNBits(x, b, s, , b)", {}],
  ])("stay for %s %j", (line, changes) => {
    expect(lines(run(line, changes))[0]).toContain("com.microsoft.MatMulNBits");
  });
});

describe("ranks", () => {
  it("are followed through reshapes by shapes put together on the way", () => {
    const nodes = [
      node("s = Shape(x)"),
      node("first = Gather(s, zero)"),
      node("one = Unsqueeze(first, axes)"),
      node("shape = Concat(one, axes, axes)"),
      node("r = Reshape(x, shape)"),
      node("t = Transpose(r)"),
      node("y = MatMul(t, w)"),
      node("z = ReduceSum(y, axes)", { keepdims: 0 }),
    ];
    const tensors = [weight("zero", []), weight("axes", [1]), weight("w", [4])];
    const x = { ...value("x"), type: { tensorType: { elemType: 1, shape: { dim: [{}, {}] } } } };
    const ranks = ranksOf(graphOf(model(graphProto(nodes, [x], ["z"], tensors))));
    expect(["r", "t", "y", "z"].map((name) => ranks.get(name))).toEqual([3, 3, 2, 1]);
    expect(ranksOf(graphOf(model(graphProto(nodes, [value("x")], ["z"], tensors)))).get("y")).toBe(2);
  });
});
