import { describe, expect, it } from "vitest";
import { elementTypes } from "../../src/graph/elementType";
import { graphOf, modelOf } from "../../src/graph/graph";
import { operatorOf } from "../../src/graph/node";
import { normalForm } from "../../src/graph/normalForm";
import type { NodeProto } from "../../src/graph/onnxSchema";
import { raisedOpset } from "../../src/graph/passes/raiseOpset";
import { floatTensor, integerTensor, makeTensor } from "../../src/graph/tensor";
import { graphProto } from "../unit/graph/build";
import { type Case, expectSame, modelFrom, none, op, weights } from "./smallGraphSupport";

const scale = weights("scale", 8);
const shift = weights("shift", 8);
const bias = weights("bias", 8);
const projected = [op("q = MatMul(x, wq)"), op("k = MatMul(skip, wk)"), op("v = MatMul(skip, wv)")];
const projections = [weights("wq", 8, 8), weights("wk", 8, 8), weights("wv", 8, 4)];

const fused: Readonly<Record<string, Case>> = {
  "SkipLayerNormalization with bias and its sum": {
    nodes: [op("y, , , sum = ms.SkipLayerNormalization(x, skip, scale, shift, bias)", {}, { epsilon: 0.01 })],
    weights: [scale, shift, bias],
    outputs: ["y", "sum"],
  },
  "SkipLayerNormalization without bias": {
    nodes: [op("y, , , sum = ms.SkipLayerNormalization(x, skip, scale, shift)")],
    weights: [scale, shift],
    outputs: ["y", "sum"],
  },
  SkipSimplifiedLayerNormalization: {
    nodes: [op("y, , , sum = ms.SkipSimplifiedLayerNormalization(x, skip, scale, bias)", {}, { epsilon: 0.01 })],
    weights: [scale, bias],
    outputs: ["y", "sum"],
  },
  SimplifiedLayerNormalization: {
    nodes: [op("y = SimplifiedLayerNormalization(x, scale)", { axis: -1, stash_type: 1 }, { epsilon: 0.01 })],
    weights: [scale],
  },
  "EmbedLayerNormalization with counts": {
    nodes: [
      op(
        "e, counts = ms.EmbedLayerNormalization(ids, mask, words, positions, kinds, scale, shift, mask)",
        {},
        { epsilon: 0.01 },
      ),
      op("y = Add(e, x)"),
      op("many = Cast(counts)", { to: elementTypes.float32 }),
    ],
    weights: [weights("words", 5, 8), weights("positions", 6, 8), weights("kinds", 2, 8), scale, shift],
    outputs: ["y", "many"],
  },
  Gelu: { nodes: [op("y = ms.Gelu(x)")] },
  BiasGelu: { nodes: [op("y = ms.BiasGelu(x, bias)")], weights: [bias] },
  "FastGelu with bias": { nodes: [op("y = ms.FastGelu(x, bias)")], weights: [bias] },
  QuickGelu: { nodes: [op("y = ms.QuickGelu(x)", {}, { alpha: 1.5 })] },
  "FusedMatMul, right side turned": { nodes: [op("y = ms.FusedMatMul(x, skip)", { transB: 1 }, { alpha: 0.5 })] },
  "FusedMatMul, left side turned": { nodes: [op("y = ms.FusedMatMul(tall, skip)", { transA: 1, transB: 1 })] },
  "MultiHeadAttention with one bias and mask": {
    nodes: [...projected, op("y = ms.MultiHeadAttention(q, k, v, all, mask)", { num_heads: 2 })],
    weights: [...projections, weights("all", 20)],
  },
  "MultiHeadAttention, causal, own scale": {
    nodes: [
      ...projected,
      op("y = ms.MultiHeadAttention(q, k, v)", { num_heads: 2, unidirectional: 1 }, { scale: 0.9 }),
    ],
    weights: projections,
  },
  "MultiHeadAttention of parts of one product": {
    nodes: [
      op("qkv = MatMul(x, w)"),
      op("q, k, v = Split(qkv, sizes)", { axis: -1 }),
      op("y = ms.MultiHeadAttention(q, k, v)", { num_heads: 2 }),
    ],
    weights: [weights("w", 8, 20), integerTensor("sizes", [3], [8n, 8n, 4n])],
  },
  "Attention, causal": {
    nodes: [op("y = ms.Attention(x, w, b)", { num_heads: 2, unidirectional: 1 })],
    weights: [weights("w", 8, 24), weights("b", 24)],
  },
};

const grouped = [op("q = MatMul(x, wq)"), op("k = MatMul(x, wk)"), op("v = MatMul(x, wv)")];
const groupedWeights = [weights("wq", 8, 128), weights("wk", 8, 64), weights("wv", 8, 64)];
const packed = [op("qkv = MatMul(x, w)")];
const packedWeights = [weights("w", 8, 256)];
/** Two texts of three tokens without padding. */
const counts = [
  makeTensor("last", elementTypes.int32, [2], new Uint8Array(Int32Array.of(2, 2).buffer)),
  makeTensor("total", elementTypes.int32, [], new Uint8Array(Int32Array.of(3).buffer)),
];
const heads = { num_heads: 4, kv_num_heads: 2 };
const whole = [weights("cos", 6, 16), weights("sin", 6, 16)];
const part = [weights("cos", 6, 8), weights("sin", 6, 8)];
const places = integerTensor("places", [2, 3], [0n, 1n, 2n, 4n, 0n, 3n]);
const later = integerTensor("later", [2, 3], [2n, 3n, 4n, 0n, 1n, 2n]);
const turning = { do_rotary: 1, ...heads };

/** Operators that exist for decoders, at the beginning of a text. */
const decoding: Readonly<Record<string, Case>> = {
  "GroupQueryAttention of queries, keys and values apart": {
    nodes: [...grouped, op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total)", heads)],
    weights: [...groupedWeights, ...counts],
  },
  "GroupQueryAttention of packed ones, capped, own scale": {
    nodes: [
      ...packed,
      op("y, pk, pv = ms.GroupQueryAttention(qkv, , , , , last, total)", heads, { softcap: 0.7, scale: 0.9 }),
    ],
    weights: [...packedWeights, ...counts],
  },
  "GroupQueryAttention with a window of one": {
    nodes: [
      ...grouped,
      op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total)", { ...heads, local_window_size: 1 }),
    ],
    weights: [...groupedWeights, ...counts],
  },
  "GroupQueryAttention with a window of two": {
    nodes: [
      ...grouped,
      op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total)", { ...heads, local_window_size: 2 }),
    ],
    weights: [...groupedWeights, ...counts],
  },
  "GroupQueryAttention with added scores, capped before": {
    nodes: [
      ...grouped,
      op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total, , , , added)", heads, { softcap: 0.7 }),
    ],
    weights: [...groupedWeights, ...counts, weights("added", 1, 1, 3, 3)],
  },
  "GroupQueryAttention turned, counting positions": {
    nodes: [...packed, op("y, pk, pv = ms.GroupQueryAttention(qkv, , , , , last, total, cos, sin)", turning)],
    weights: [...packedWeights, ...counts, ...whole],
  },
  "GroupQueryAttention turned in pairs": {
    nodes: [
      ...grouped,
      op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total, cos, sin)", {
        ...turning,
        rotary_interleaved: 1,
      }),
    ],
    weights: [...groupedWeights, ...counts, ...whole],
  },
  "GroupQueryAttention turned, counting on from the first position": {
    nodes: [...grouped, op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total, cos, sin, later)", turning)],
    weights: [...groupedWeights, ...counts, ...whole, later],
  },
  "GroupQueryAttention turned in part": {
    nodes: [...packed, op("y, pk, pv = ms.GroupQueryAttention(qkv, , , , , last, total, cos, sin)", turning)],
    weights: [...packedWeights, ...counts, ...part],
  },
  "MultiHeadAttention of what is turned, with added scores": {
    nodes: [
      ...grouped.slice(0, 1),
      op("k = MatMul(skip, wq)"),
      op("v = MatMul(skip, wv)"),
      op("qt = ms.RotaryEmbedding(q, places, cos, sin)"),
      op("kt = ms.RotaryEmbedding(k, places, cos, sin)"),
      op("y = ms.MultiHeadAttention(qt, kt, v, , , added)", { num_heads: 4 }),
    ],
    weights: [...groupedWeights, ...whole, places, weights("added", 1, 1, 3, 3)],
  },
  "RotaryEmbedding by position": {
    nodes: [...grouped, op("y = ms.RotaryEmbedding(q, places, cos, sin)")],
    weights: [...groupedWeights, ...whole, places],
  },
  "RotaryEmbedding from an offset, in pairs": {
    nodes: [...grouped, op("y = ms.RotaryEmbedding(q, offset, cos, sin)", { interleaved: 1 })],
    weights: [...groupedWeights, ...whole, integerTensor("offset", [1], [2n])],
  },
  "RotaryEmbedding of a part": {
    nodes: [...grouped, op("y = ms.RotaryEmbedding(q, places, cos, sin)", { num_heads: 4, rotary_embedding_dim: 16 })],
    weights: [...groupedWeights, ...part, places],
  },
  "RotaryEmbedding of a part, in pairs": {
    nodes: [
      ...grouped,
      op("y = ms.RotaryEmbedding(q, places, cos, sin)", { num_heads: 4, rotary_embedding_dim: 16, interleaved: 1 }),
    ],
    weights: [...groupedWeights, ...part, places],
  },
  "RotaryEmbedding of heads apart": {
    nodes: [
      ...grouped,
      op("a = Reshape(q, apart)"),
      op("b = Transpose(a)", { perm: [0, 2, 1, 3] }),
      op("y = ms.RotaryEmbedding(b, places, cos, sin)"),
    ],
    weights: [...groupedWeights, ...whole, places, integerTensor("apart", [4], [0n, 0n, 4n, 32n])],
  },
};

describe("grouped attention whose queries and keys are normalised", () => {
  it("is written out, though the runtime has it for other devices only, as the same in several operators", async () => {
    const scales = [weights("qn", 32), weights("kn", 32)];
    const tensors = [...packedWeights, ...counts, ...whole, ...scales, integerTensor("sizes", [3], [128n, 64n, 64n])];
    const apart = integerTensor("apart", [4], [0n, 0n, -1n, 32n]);
    const joined = ["q", "k"].map((name, i) => integerTensor(`${name}Joined`, [3], [0n, 0n, i === 0 ? 128n : 64n]));
    const parts = op("q, k, v = Split(qkv, sizes)", { axis: -1 });
    const inOne = modelFrom(18, {
      nodes: [
        ...packed,
        parts,
        op("y, pk, pv = ms.GroupQueryAttention(q, k, v, , , last, total, cos, sin, , , , , , qn, kn)", turning, {
          qk_norm_epsilon: 0.01,
        }),
      ],
      weights: tensors,
    });
    const spelledOut = modelFrom(18, {
      nodes: [
        ...packed,
        parts,
        ...["q", "k"].flatMap((name) => [
          op(`${name}Apart = Reshape(${name}, apart)`),
          op(`${name}Norm = SimplifiedLayerNormalization(${name}Apart, ${name}n)`, { axis: -1 }, { epsilon: 0.01 }),
          op(`${name}Flat = Reshape(${name}Norm, ${name}Joined)`),
        ]),
        op("y, pk, pv = ms.GroupQueryAttention(qFlat, kFlat, v, , , last, total, cos, sin)", turning),
      ],
      weights: [...tensors, apart, ...joined],
    });
    const graph = normalForm(graphOf(inOne));
    expect(graph.nodes.map(operatorOf).filter((name) => name.includes("microsoft"))).toEqual([]);
    await expectSame(spelledOut, modelOf(graph));
  });
});

describe("tables stored the other way round", () => {
  const table = weights("table", 8, 5);

  it.each<[string, readonly NodeProto[], boolean]>([
    [
      "are turned where rows are picked",
      [op("t = Transpose(table)", { perm: [1, 0] }), op("e = Gather(t, ids)")],
      true,
    ],
    ["are turned without an order too", [op("t = Transpose(table)"), op("e = Gather(t, ids)", { axis: 0 })], true],
    [
      "stay where columns are picked",
      [op("t = Transpose(table)"), op("g = Gather(t, ids)", { axis: 1 }), op("e = Transpose(g)", { perm: [1, 2, 0] })],
      false,
    ],
    ["stay where they are not turned", [op("t = Transpose(table)", { perm: [0, 1] }), op("e = Gather(t, ids)")], false],
  ])("%s", async (_, nodes, turned) => {
    const line = turned ? "y = Add(e, x)" : "y = Identity(e)";
    const shipped = modelFrom(18, { nodes: [...nodes, op(line)], weights: [table] });
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.some((n) => operatorOf(n) === "Transpose")).toBe(!turned);
    await expectSame(shipped, modelOf(graph));
  });
});

describe("operators of decoders written out", () => {
  it.each(Object.entries(decoding))("%s", async (_, parts) => {
    const shipped = modelFrom(18, parts);
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.map(operatorOf).filter((name) => name.includes("microsoft"))).toEqual([]);
    await expectSame(shipped, modelOf(graph));
  });
});

const turnable = [op("a = Reshape(x, split)"), op("b = Transpose(a)", { perm: [0, 2, 1, 3] })];
const split = integerTensor("split", [4], [0n, 0n, 2n, 4n]);
const positions = integerTensor("positions", [2, 3], [0n, 1n, 2n, 4n, 0n, 3n]);

const standard: Readonly<Record<string, Case>> = {
  "Attention with shared keys, causal and capped": {
    nodes: [
      ...projected,
      op(
        "y = Attention(q, k, v, added)",
        { q_num_heads: 4, kv_num_heads: 2, is_causal: 1 },
        { scale: 0.9, softcap: 0.7 },
      ),
    ],
    weights: [weights("wq", 8, 16), weights("wk", 8, 8), weights("wv", 8, 8), weights("added", 1, 1, 3, 3)],
  },
  "RotaryEmbedding of whole heads": {
    nodes: [...turnable, op("y = RotaryEmbedding(b, cos, sin)")],
    weights: [split, weights("cos", 2, 3, 2), weights("sin", 2, 3, 2)],
  },
  "RotaryEmbedding of a part, by position": {
    nodes: [...turnable, op("y = RotaryEmbedding(b, cos, sin, positions)", { rotary_embedding_dim: 2 })],
    weights: [split, positions, weights("cos", 5, 1), weights("sin", 5, 1)],
  },
  RMSNormalization: { nodes: [op("y = RMSNormalization(x, scale)", {}, { epsilon: 0.01 })], weights: [scale] },
};

describe("operators of operator set 23 written out", () => {
  it.each(Object.entries(standard))("%s", async (_, parts) => {
    const shipped = modelFrom(23, parts);
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.map(operatorOf)).not.toContain(shipped.graph?.node.at(-1)?.opType);
    await expectSame(shipped, modelOf(graph));
  });
});

const spelled = (square: string, axis: number) => [
  op("m = ReduceMean(x)", { axes: [axis] }),
  op("d = Sub(x, m)"),
  op(`s = ${square}`),
  op("v = ReduceMean(s)", { axes: [-1] }),
  op("e = Add(v, small)"),
  op("r = Sqrt(e)"),
  op("n = Div(d, r)"),
  op("p = Mul(n, scale)"),
  op("y = Add(p, shift)"),
];
const small = floatTensor("small", [], Float32Array.of(0.02));
const powers = [2, 3].map((power) => floatTensor(`power${power}`, [], Float32Array.of(power)));

describe("normalisation spelled out", () => {
  it.each([
    ["with Pow", "Pow(d, power2)", 2, true],
    ["with Mul", "Mul(d, d)", -1, true],
    ["with another power", "Pow(d, power3)", -1, false],
    ["of something else", "Mul(d, x)", -1, false],
    ["over another axis", "Mul(d, d)", 1, false],
  ])("%s", async (_, square, axis, known) => {
    // A third power of differences may be negative, and so may what is under the root then.
    const away = floatTensor("small", [], Float32Array.of(4));
    const tensors = [scale, shift, known ? small : away, ...powers];
    const shipped = modelFrom(14, { nodes: spelled(square, axis), weights: tensors });
    const graph = normalForm(graphOf(shipped));
    expect(graph.nodes.length === 1).toBe(known);
    await expectSame(shipped, modelOf(graph));
  });
});

describe("fused operators written out", () => {
  it.each(Object.entries(fused))("%s", async (_, parts) => {
    const shipped = modelFrom(18, parts);
    const graph = normalForm(graphOf(shipped));
    const own = graph.nodes.map(operatorOf);
    expect(own.filter((name) => name.includes("microsoft") || name.includes("Simplified"))).toEqual([]);
    await expectSame(shipped, modelOf(graph));
  });
});

const old: Readonly<Record<string, readonly [number, Case]>> = {
  "Softmax over the last axis": [11, { nodes: [op("y = Softmax(x)", { axis: 2 })] }],
  "Softmax over the last two axes": [11, { nodes: [op("y = Softmax(x)")] }],
  "Softmax over the last two axes, counted from the end": [12, { nodes: [op("y = Softmax(x)", { axis: -2 })] }],
  "LogSoftmax over the last two axes": [11, { nodes: [op("y = LogSoftmax(x)", { axis: 1 })] }],
  "Unsqueeze and Squeeze": [
    11,
    { nodes: [op("a = Unsqueeze(x)", { axes: [1, 3] }), op("b = Add(a, a)"), op("y = Squeeze(b)", { axes: [3] })] },
  ],
  "ReduceSum and ReduceMean": [
    11,
    {
      nodes: [op("a = ReduceSum(x)", { axes: [1], keepdims: 1 }), op("y = ReduceMean(a)", { axes: [-1], keepdims: 0 })],
    },
  ],
  "ReduceMax of everything": [13, { nodes: [op("y = ReduceMax(x)", { keepdims: 0 })] }],
  "ReduceL2 of operator set 17": [17, { nodes: [op("y = ReduceL2(x)", { axes: [2] })] }],
  "Split into unequal parts": [11, { nodes: [op("y, z = Split(x)", { axis: 2, split: [3, 5] })], outputs: ["y", "z"] }],
  "Split into equal parts": [17, { nodes: [op("y, z = Split(x)", { axis: 2 })], outputs: ["y", "z"] }],
  Clip: [10, { nodes: [op("y = Clip(x)", {}, { min: -0.2, max: 0.3 })] }],
  "Clip from above": [10, { nodes: [op("y = Clip(x)", {}, { max: 0.3 })] }],
  Pad: [10, { nodes: [op("y = Pad(x)", { pads: [0, 1, 0, 0, 0, 2] }, { value: 0.7 })] }],
  Slice: [9, { nodes: [op("y = Slice(x)", { starts: [1], ends: [7], axes: [2] })] }],
  TopK: [9, { nodes: [op("y, z = TopK(x)", { k: 2 })], outputs: ["y"] }],
  Dropout: [10, { nodes: [op("y, kept = Dropout(x)", {}, { ratio: 0.5 })] }],
  BatchNormalization: [
    9,
    {
      nodes: [op("y = BatchNormalization(tall, scale, shift, bias, variance)")],
      weights: [scale, shift, bias, floatTensor("variance", [8], new Float32Array(8).fill(0.5))],
    },
  ],
};

describe("old operator sets raised", () => {
  it.each(Object.entries(old))("%s", async (_, [opset, parts]) => {
    const shipped = modelFrom(opset, parts);
    const graph = normalForm(graphOf(shipped));
    expect(graph.opset).toBe(raisedOpset);
    await expectSame(shipped, modelOf(graph));
  });

  it("also where a tool wrote a newer set onto the file", () => {
    const nodes = [op("a = ReduceMean(x)", { axes: [-1] }), op("y, z = Split(x)", { axis: 2, num_outputs: 2 })];
    const graph = normalForm(graphOf(modelFrom(21, { nodes, outputs: ["a", "y", "z"] })));
    expect(graph.opset).toBe(21);
    expect(graph.nodes.map(({ input }) => input.length)).toEqual([2, 1]);
    expect(graph.nodes.map(({ attribute }) => attribute.map(({ name }) => name))).toEqual([
      [],
      ["axis", "num_outputs"],
    ]);
  });

  it("inside branches too", async () => {
    const branch = (operator: string) =>
      graphProto([op(`inner = ${operator}(x)`, { axes: [2], keepdims: 1 })], [], ["inner"]);
    const choice: NodeProto = {
      ...op("y = If(large)"),
      attribute: [
        { ...none, name: "then_branch", g: { ...branch("ReduceSum"), name: "then" }, type: 5 },
        { ...none, name: "else_branch", g: { ...branch("ReduceMax"), name: "else" }, type: 5 },
      ],
    };
    const nodes = [op("sum = ReduceMax(x)", { keepdims: 0 }), op("large = Greater(sum, limit)"), choice];
    const shipped = modelFrom(12, { nodes, weights: [floatTensor("limit", [], Float32Array.of(-9))] });
    const graph = normalForm(graphOf(shipped));
    expect(graph.opset).toBe(raisedOpset);
    await expectSame(shipped, modelOf(graph));
  });
});
