import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { sessionOptions } from "../../src/engine/runtime";
import { elementTypes } from "../../src/graph/elementType";
import { graphOf, modelOf } from "../../src/graph/graph";
import { writeModel } from "../../src/graph/modelFile";
import { operatorOf } from "../../src/graph/node";
import { normalForm } from "../../src/graph/normalForm";
import type { TensorProto } from "../../src/graph/onnxSchema";
import { quantisedOperators } from "../../src/graph/passes/quantisedOperators";
import { joinChunks } from "../../src/graph/protobufWriter";
import { floatTensor, integerTensor, makeTensor } from "../../src/graph/tensor";
import { randomNumbers } from "../unit/graph/build";
import { type Case, expectSame, modelFrom, op, weights } from "./smallGraphSupport";

const random = randomNumbers(5);

const { int8, uint8, uint4, int4 } = elementTypes;

/**
 * Drawn 8-bit numbers, or those given. Signed ones are drawn from half of their range: processors without an instruction for such products add two of them in 16 bits, and what
 * does not fit is cut.
 */
function bytes(name: string, type: number, dims: readonly number[], values?: readonly number[]): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const drawn = () => (type === int8 ? Math.floor(127 * random()) - 63 : Math.floor(256 * random()));
  return makeTensor(name, type, dims, Uint8Array.from(values ?? Array.from({ length: count }, drawn)));
}

const float = (name: string, ...values: number[]) =>
  floatTensor(name, values.length === 1 ? [] : [values.length], Float32Array.from(values));
const bias32 = makeTensor(
  "bias32",
  elementTypes.int32,
  [4],
  new Uint8Array(Int32Array.of(900, -2000, 30, 4000).buffer),
);

/** Grids of activations: 256 steps over about [−1, 1], and coarser ones for results. */
const grids = [
  float("xs", 0.008),
  bytes("xz", uint8, [], [120]),
  float("ss", 0.009),
  bytes("sz", uint8, [], [131]),
  float("ys", 0.05),
  bytes("yz", uint8, [], [128]),
  float("ps", 1 / 256),
  bytes("pz", uint8, [], [0]),
];
const weights8 = [
  bytes("w8", int8, [8, 4]),
  float("ws", 0.01),
  bytes("wz", int8, [], [3]),
  float("columns", 0.01, 0.02, 0.005, 0.03),
  bytes("zeros", int8, [4], [0, 1, 255, 2]),
];
const rounded = [op("x8 = QuantizeLinear(x, xs, xz)"), op("s8 = QuantizeLinear(skip, ss, sz)")];
const back = op("y = DequantizeLinear(y8, ys, yz)");
const flat = [op("flat = Reshape(x, twoAxes)"), op("x8 = QuantizeLinear(flat, xs, xz)")];
const twoAxes = integerTensor("twoAxes", [2], [-1n, 8n]);

const operators: Readonly<Record<string, Case>> = {
  QLinearMatMul: { nodes: [...rounded, op("y8 = QLinearMatMul(x8, xs, xz, w8, ws, wz, ys, yz)"), back] },
  "QLinearMatMul, a scale for each column": {
    nodes: [...rounded, op("y8 = QLinearMatMul(x8, xs, xz, w8, columns, zeros, ys, yz)"), back],
  },
  "QGemm with a bias, floats as result": {
    nodes: [...flat, op("y = ms.QGemm(x8, xs, xz, w8, ws, wz, bias32)", {}, { alpha: 0.5 })],
  },
  "QGemm with turned weights, rounded": {
    nodes: [...flat, op("y8 = ms.QGemm(x8, xs, xz, turned8, columns, zeros, bias32, ys, yz)", { transB: 1 }), back],
    weights: [bytes("turned8", int8, [4, 8])],
  },
  QLinearAdd: { nodes: [...rounded, op("y8 = ms.QLinearAdd(x8, xs, xz, s8, ss, sz, ys, yz)"), back] },
  QLinearMul: { nodes: [...rounded, op("y8 = ms.QLinearMul(x8, xs, xz, s8, ss, sz, ys, yz)"), back] },
  QLinearSigmoid: {
    nodes: [...rounded, op("p8 = ms.QLinearSigmoid(x8, xs, xz, ps, pz)"), op("y = DequantizeLinear(p8, ps, pz)")],
  },
  QLinearSoftmax: {
    nodes: [
      ...rounded,
      op("p8 = ms.QLinearSoftmax(x8, xs, xz, ps, pz)", { axis: -1, opset: 13 }),
      op("y = DequantizeLinear(p8, ps, pz)"),
    ],
  },
  QLinearConcat: {
    nodes: [...rounded, op("y8 = ms.QLinearConcat(ys, yz, x8, xs, xz, s8, ss, sz)", { axis: 2 }), back],
  },
  QLinearConv: {
    nodes: [
      op("x8 = QuantizeLinear(tall, xs, xz)"),
      op("y8 = QLinearConv(x8, xs, xz, window8, columns, zeros4, ys, yz, bias32)", { pads: [1, 1] }),
      back,
    ],
    weights: [bytes("window8", int8, [4, 8, 3]), bytes("zeros4", int8, [4], [0, 0, 0, 0])],
  },
  "QAttention of a grid chosen while it runs": {
    nodes: [
      op("d8, ds, dz = DynamicQuantizeLinear(x)"),
      op("y = ms.QAttention(d8, qkv8, qkvb, ds, ws, mask, dz, wz)", { num_heads: 2 }),
    ],
    weights: [bytes("qkv8", int8, [8, 24]), weights("qkvb", 24)],
  },
  MatMulIntegerToFloat: {
    nodes: [
      op("d8, ds, dz = DynamicQuantizeLinear(x)"),
      op("y = ms.MatMulIntegerToFloat(d8, w8, ds, columns, dz, zeros, b)"),
    ],
    weights: [weights("b", 4)],
  },
  DynamicQuantizeMatMul: {
    nodes: [op("y = ms.DynamicQuantizeMatMul(x, w8, columns, zeros, b)")],
    weights: [weights("b", 4)],
  },
  QEmbedLayerNormalization: {
    nodes: [
      op(
        "e, m = ms.QEmbedLayerNormalization(ids, mask, words8, places8, kinds8, g8, b8, , ws, ws, ws, gs, bs, wz, wz, wz, wz, wz)",
        {},
        { epsilon: 0.01 },
      ),
      op("y = Add(e, x)"),
    ],
    weights: [
      bytes("words8", int8, [5, 8]),
      bytes("places8", int8, [6, 8]),
      bytes("kinds8", int8, [2, 8]),
      bytes("g8", int8, [8]),
      bytes("b8", int8, [8]),
      float("gs", 0.02),
      float("bs", 0.03),
    ],
  },
};

function only(parts: Case): Case {
  const all = [...grids, ...weights8, twoAxes, bias32, ...(parts.weights ?? [])];
  const read = new Set(parts.nodes.flatMap((node) => node.input));
  return { ...parts, weights: all.filter(({ name }) => read.has(name ?? "")) };
}

describe("operators that compute with 8-bit numbers", () => {
  it.each(Object.entries(operators))("%s is the float operator between its grids", async (_, parts) => {
    const shipped = modelFrom(18, only(parts));
    const graph = quantisedOperators(graphOf(shipped));
    const own = graph.nodes.map(operatorOf);
    expect(own.filter((name) => name.includes("QLinear") || name.includes(".Q") || name.includes("Integer"))).toEqual(
      [],
    );
    await expectSame(shipped, modelOf(graph));
  });

  it.each(Object.entries(operators))("%s is a float operator in the end", (_, parts) => {
    const own = normalForm(graphOf(modelFrom(18, only(parts)))).nodes.map(operatorOf);
    expect(own.filter((name) => name.includes("Quantize") || name.includes("Q"))).toEqual([]);
  });

  it("ConvInteger of a grid chosen while it runs is a Conv with the same window", async () => {
    const window = bytes("window8", int8, [4, 8, 3]);
    const settings = { pads: [1, 0], dilations: [1] };
    const rounding = modelFrom(18, {
      nodes: [
        op("d8, ds, dz = DynamicQuantizeLinear(tall)"),
        op("sum = ConvInteger(d8, window8, dz, wz)", settings),
        op("cast = Cast(sum)", { to: elementTypes.float32 }),
        op("both = Mul(ds, ws)"),
        op("y = Mul(cast, both)"),
      ],
      weights: [window, ...weights8.filter(({ name }) => name === "ws" || name === "wz")],
    });
    const plain = modelFrom(18, {
      nodes: [op("floats = DequantizeLinear(window8, ws, wz)"), op("y = Conv(tall, floats)", settings)],
      weights: [window, ...weights8.filter(({ name }) => name === "ws" || name === "wz")],
    });
    await expectSame(plain, modelOf(normalForm(graphOf(rounding))));
  });

  it("may move 8-bit numbers in between", () => {
    const moved = only({
      nodes: [
        ...rounded,
        op("t8 = Transpose(x8)", { perm: [0, 2, 1] }),
        op("y8 = QLinearMatMul(x8, xs, xz, t8, xs, xz, ys, yz)"),
        back,
      ],
    });
    const operators = normalForm(graphOf(modelFrom(18, moved))).nodes.map(operatorOf);
    expect(operators.filter((name) => name !== "Identity")).toEqual(["Transpose", "MatMul"]);
  });
});

const scales = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.02 + 0.05 * random()),
  );
const settings = { block_size: 16, gather_axis: 0, quantize_axis: 1 };

const lookups: Readonly<Record<string, Case>> = {
  "half bytes without zero points": {
    nodes: [op("y = ms.GatherBlockQuantized(table, ids, scales)", settings)],
    weights: [bytes("table", int4, [5, 32], Array.from(bytes("", int4, [80]).rawData ?? [])), scales("scales", 5, 2)],
  },
  "half bytes with zero points": {
    nodes: [op("y = ms.GatherBlockQuantized(table, ids, scales, zeros)", settings)],
    weights: [
      bytes("table", uint4, [5, 32], Array.from(bytes("", uint4, [80]).rawData ?? [])),
      scales("scales", 5, 2),
      bytes("zeros", uint4, [5, 2], Array.from(bytes("", uint4, [5]).rawData ?? [])),
    ],
  },
  "two to a byte, around the middle": {
    nodes: [op("y = ms.GatherBlockQuantized(table, ids, scales)", { ...settings, bits: 4 })],
    weights: [bytes("table", uint8, [5, 24]), scales("scales", 5, 3)],
  },
  "two to a byte with zero points, an odd number of blocks": {
    nodes: [op("y = ms.GatherBlockQuantized(table, ids, scales, zeros)", { ...settings, bits: 4 })],
    weights: [bytes("table", uint8, [5, 24]), scales("scales", 5, 3), bytes("zeros", uint8, [5, 2])],
  },
  "whole bytes with zero points": {
    nodes: [op("y = ms.GatherBlockQuantized(table, ids, scales, zeros)", { ...settings, bits: 8 })],
    weights: [bytes("table", uint8, [5, 32]), scales("scales", 5, 2), bytes("zeros", uint8, [5, 2])],
  },
};

describe("lookups in tables of blocks", () => {
  it.each(Object.entries(lookups))("%s", async (_, parts) => {
    const shipped = modelFrom(21, parts);
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.map(operatorOf)).toEqual(["Gather"]);
    await expectSame(shipped, modelOf(graph));
  });
});

const columns = { K: 32, N: 5, block_size: 16 };
const wide = [op("wide = Concat(x, skip, x, skip)", { axis: 2 })];

const products: Readonly<Record<string, Case>> = {
  "4 bits around the middle, with a bias": {
    nodes: [...wide, op("y = ms.MatMulNBits(wide, b, scales, , , bias5)", { ...columns, bits: 4 })],
    weights: [bytes("b", uint8, [5, 2, 8]), scales("scales", 5, 2), weights("bias5", 5)],
  },
  "4 bits, zero points of an odd number of blocks": {
    nodes: [
      op("w48 = Concat(x, skip, x, skip, x, x)", { axis: 2 }),
      op("y = ms.MatMulNBits(w48, b, scales, zeros)", { ...columns, K: 48, bits: 4 }),
    ],
    weights: [bytes("b", uint8, [5, 3, 8]), scales("scales", 5, 3), bytes("zeros", uint8, [5, 2])],
  },
  "4 bits, zero points of floats": {
    nodes: [...wide, op("y = ms.MatMulNBits(wide, b, scales, zeros)", { ...columns, bits: 4 })],
    weights: [bytes("b", uint8, [5, 2, 8]), scales("scales", 5, 2), scales("zeros", 5, 2)],
  },
  "8 bits with zero points": {
    nodes: [...wide, op("y = ms.MatMulNBits(wide, b, scales, zeros)", { ...columns, bits: 8 })],
    weights: [bytes("b", uint8, [5, 2, 16]), scales("scales", 5, 2), bytes("zeros", uint8, [5, 2])],
  },
  "codes of 4-bit floats": {
    nodes: [...wide, op("y = ms.MatMulBnb4(wide, b, scales)", { ...columns, quant_type: 0 })],
    weights: [bytes("b", uint8, [80]), scales("scales", 10)],
  },
  "codes of normal quantiles, blocks over columns": {
    nodes: [...wide, op("y = ms.MatMulBnb4(wide, b, scales)", { ...columns, block_size: 64, quant_type: 1 })],
    weights: [bytes("b", uint8, [80]), scales("scales", 3)],
  },
  "2 bits": {
    nodes: [...wide, op("y = ms.MatMulNBits(wide, b, scales)", { ...columns, bits: 2 })],
    weights: [bytes("b", uint8, [5, 2, 4]), scales("scales", 5, 2)],
  },
};

describe("products with weights in blocks", () => {
  it.each(Object.entries(products))("%s", async (_, parts) => {
    const shipped = modelFrom(18, parts);
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.map(operatorOf).filter((name) => name.includes("microsoft"))).toEqual([]);
    await expectSame(shipped, modelOf(graph));
  });
});

const sequences: Readonly<Record<string, Case>> = {
  "pieces of one size": {
    nodes: [op("s = SplitToSequence(x, three)", { axis: 2 }), op("y = SequenceAt(s, one)")],
  },
  "the last piece, which is shorter": {
    nodes: [op("s = SplitToSequence(x, three)", { axis: 2 }), op("y = SequenceAt(s, two)")],
  },
  "pieces of sizes one by one": {
    nodes: [op("s = SplitToSequence(x, sizes)", { axis: 2 }), op("y = SequenceAt(s, one)")],
  },
  "single slices": {
    nodes: [op("s = SplitToSequence(x)", { axis: 1, keepdims: 0 }), op("y = SequenceAt(s, two)")],
  },
  "single slices that keep their axis": {
    nodes: [op("s = SplitToSequence(x)", { axis: 1 }), op("y = SequenceAt(s, two)")],
  },
  "put together and taken apart": {
    nodes: [
      op("s = SequenceConstruct(x, skip)"),
      op("a = SequenceAt(s, one)"),
      op("b = ConcatFromSequence(s)", { axis: 2 }),
      op("y = Concat(a, b)", { axis: 2 }),
    ],
  },
};
const numbers = [
  integerTensor("one", [], [1n]),
  integerTensor("two", [], [2n]),
  integerTensor("three", [], [3n]),
  integerTensor("sizes", [2], [3n, 5n]),
];

describe("sequences of tensors", () => {
  it.each(Object.entries(sequences))("%s", async (_, { nodes }) => {
    const read = new Set(nodes.flatMap((node) => node.input));
    const shipped = modelFrom(14, { nodes, weights: numbers.filter(({ name }) => read.has(name ?? "")) });
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.map(operatorOf).filter((name) => name.includes("Sequence"))).toEqual([]);
    await expectSame(shipped, modelOf(graph));
  });
});

describe("slices that are the whole", () => {
  const ends = [
    op("shape = Shape(x)"),
    op("length = Slice(shape, first, second)"),
    op("less = Neg(length)"),
    op("batch = Slice(shape, zero, first)"),
    op("fewer = Neg(batch)"),
  ];
  const bounds = [
    integerTensor("first", [1], [1n]),
    integerTensor("second", [1], [2n]),
    integerTensor("zero", [1], [0n]),
    integerTensor("end", [1], [2n ** 63n - 1n]),
    integerTensor("back", [1], [-1n]),
  ];
  it.each([
    ["to the length of the text", "y = Slice(x, zero, length, first)", true],
    ["to the end", "y = Slice(x, zero, end, first)", true],
    ["from as far before the end as the text is long", "y = Slice(x, less, end, first)", true],
    ["not from another length before the end", "y = Slice(x, fewer, end, first)", false],
    ["not backwards", "y = Slice(x, end, less, first, back)", false],
    ["not from the second on", "y = Slice(x, first, length, first)", false],
    ["not to the last but one", "y = Slice(x, zero, back, first)", false],
  ])("%s", async (_, line, whole) => {
    const nodes = [...ends, op(line), op("z = Add(y, y)"), op("l = Cast(length)", { to: elementTypes.float32 })];
    const read = new Set(nodes.flatMap((node) => node.input));
    const parts = { nodes, weights: bounds.filter(({ name }) => read.has(name ?? "")), outputs: ["z", "l"] };
    const shipped = modelFrom(18, parts);
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.some((node) => operatorOf(node) === "Slice" && node.input[0] === "x")).toBe(!whole);
    await expectSame(shipped, modelOf(graph));
  });
});

it("a table of 8-bit numbers that is turned before it is dequantised is multiplied with floats, as the file says", async () => {
  const table = bytes("table", int8, [96, 64]);
  const proto = modelFrom(17, {
    nodes: [
      op("wide = MatMul(x, spread)"),
      op("turned8 = Transpose(table)", { perm: [1, 0] }),
      op("turned = DequantizeLinear(turned8, ws, wz)"),
      op("y = MatMul(wide, turned)"),
    ],
    weights: [weights("spread", 8, 64), table, ...weights8.slice(1, 3)],
    outputs: ["wide", "y"],
  });
  const session = await InferenceSession.create(joinChunks(writeModel(proto)), sessionOptions(1));
  const x = new Tensor(
    "float32",
    Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
    [2, 3, 8],
  );
  const { wide, y } = await session.run({ x });
  await session.release();
  const [states, found] = [wide, y].map((tensor) => tensor?.data as Float32Array);
  const numbers = new Int8Array(table.rawData?.buffer ?? new ArrayBuffer());
  const expected = Array.from({ length: 6 * 96 }, (_, at) => {
    const [row, word] = [Math.floor(at / 96), at % 96];
    let sum = 0;
    for (let i = 0; i < 64; i++) {
      sum += (states?.[row * 64 + i] ?? Number.NaN) * ((numbers[word * 64 + i] ?? 0) - 3) * 0.01;
    }
    return sum;
  });
  const largest = Math.max(...expected.map(Math.abs));
  expect(Math.max(...expected.map((value, at) => Math.abs(value - (found?.[at] ?? Number.NaN))))).toBeLessThan(
    1e-5 * largest,
  );
});
