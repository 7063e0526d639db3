import { describe, expect, it } from "vitest";
import { activationsOf } from "../../../src/graph/activations";
import { findAttention } from "../../../src/graph/attention";
import { findEmbedding, findEmbeddings } from "../../../src/graph/embedding";
import { type Graph, graphOf } from "../../../src/graph/graph";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { attentionBlock, blockInputs, blockWeights, graphProto, model, node, value, weight } from "./build";

function graph(nodes: readonly NodeProto[], outputs: readonly string[], opset = 17): Graph {
  return graphOf(model(graphProto(nodes, blockInputs, outputs, blockWeights), opset));
}

/** The nodes of a block with one of its lines replaced by others. */
function changed(name: string, replaced: string, lines: readonly NodeProto[]): NodeProto[] {
  return attentionBlock(name, "x").flatMap((n) => (n.output[0] === `${name}.${replaced}` ? lines : [n]));
}

describe("finding attention maps", () => {
  it("knows the signal from weights and bookkeeping", () => {
    const nodes = [
      node("s = Shape(x)"),
      node("r = ConstantOfShape(s)"),
      node("y = Add(x, r)"),
      node("z = Add(r, heads)"),
    ];
    expect([...activationsOf(graph(nodes, ["y", "z"]))]).toEqual(["x", "mask", "y"]);
  });

  it("finds the map of a block by what it computes", () => {
    expect(findAttention(graph(attentionBlock("a", "x"), ["a.out"]))).toEqual([
      { value: "a.map", layer: 0, kind: "self", stream: "main" },
    ]);
  });

  it("shows the last value that has the map's shape: after not-a-number became zero, before a reshape", () => {
    const nodes = changed("a", "mixed", [
      node("isnan = IsNaN(a.map)"),
      node("a.clean = Where(isnan, scale, a.map)"),
      node("a.cast = Cast(a.clean)", { to: 1 }),
      node("a.flat = Reshape(a.cast, heads)"),
      node("a.flatcast = Cast(a.flat)", { to: 1 }),
      node("a.mixed = MatMul(a.flatcast, a.v)"),
    ]);
    expect(findAttention(graph(nodes, ["a.out"])).map((map) => map.value)).toEqual(["a.cast"]);
  });

  it("finds what soft-capping, clipping, casts and reshapes lie around, and Einsum for MatMul", () => {
    const nodes = changed("a", "masked", [
      node("a.cap = Tanh(a.scaled)"),
      node("a.up = Mul(a.cap, scale)"),
      node("a.where = Where(mask, a.up, scale)"),
      node("a.masked = Reshape(a.where, heads)"),
    ]).map((n) => (n.output[0] === "a.scores" ? node("a.scores = Einsum(a.qh, a.kt)") : n));
    expect(findAttention(graph(nodes, ["a.out"]))).toHaveLength(1);
  });

  const notAttention: readonly (readonly [string, readonly NodeProto[], string])[] = [
    ["the class probabilities", [node("l = Gemm(x, wq)"), node("y = Softmax(l)")], "y"],
    ["a mixture of experts", [node("g = MatMul(x, wq)"), node("p = Softmax(g)"), node("y = MatMul(p, x)")], "y"],
    ["a map that weighs nothing", [...attentionBlock("a", "x").slice(0, 9), node("y = Mul(a.map, wq)")], "y"],
    ["a map that is multiplied by weights", changed("a", "mixed", [node("a.mixed = MatMul(a.map, wv)")]), "a.out"],
    ["a Softmax over another axis", changed("a", "map", [node("a.map = Softmax(a.masked)", { axis: 1 })]), "a.out"],
    [
      "a product with what only depends on the length of the text",
      changed("a", "kt", [
        node("length = Shape(x)"),
        node("a.places = ConstantOfShape(length)"),
        node("a.kt = Transpose(a.places)"),
      ]),
      "a.out",
    ],
    ["a Softmax of a nonlinearity", changed("a", "scaled", [node("a.scaled = LayerNormalization(a.scores)")]), "a.out"],
  ];
  it.each(notAttention)("does not take %s for one", (_, nodes, output) => {
    expect(findAttention(graph(nodes, [output]))).toEqual([]);
  });

  it("knows the default axis of old operator sets", () => {
    const last = changed("a", "map", [node("a.map = Softmax(a.masked)", { axis: 3 })]);
    expect(findAttention(graph(last, ["a.out"], 11))).toHaveLength(1);
    expect(findAttention(graph(attentionBlock("a", "x"), ["a.out"], 11))).toHaveLength(0);
  });

  it("numbers layers by what lies upstream, not by their place in the file", () => {
    const [a, b] = [attentionBlock("a", "x"), attentionBlock("b", "a.out")];
    const [c, d] = [attentionBlock("c", "x"), attentionBlock("d", "c.out")];
    const towers = graph([...a, ...b, ...c, ...d, node("y = Add(b.out, d.out)")], ["y"]);
    expect(findAttention(towers).map((map) => map.value)).toEqual(["a.map", "c.map", "b.map", "d.map"]);
    const chain = graph([...b.toReversed(), ...a.toReversed()], ["b.out"]);
    expect(findAttention(chain).map((map) => map.value)).toEqual(["a.map", "b.map"]);
  });

  it("tells encoder, decoder and what connects them, when the file begins with the decoder", () => {
    const nodes = [
      ...attentionBlock("decoder0", "mask"),
      ...attentionBlock("encoder0", "x"),
      ...attentionBlock("cross0", "decoder0.out", "encoder1.out"),
      ...attentionBlock("decoder1", "cross0.out"),
      ...attentionBlock("encoder1", "encoder0.out"),
      ...attentionBlock("cross1", "decoder1.out", "encoder1.out"),
    ];
    expect(findAttention(graph(nodes, ["cross1.out"]))).toEqual([
      { value: "encoder0.map", layer: 0, kind: "self", stream: "encoder" },
      { value: "encoder1.map", layer: 1, kind: "self", stream: "encoder" },
      { value: "decoder0.map", layer: 0, kind: "self", stream: "main" },
      { value: "decoder1.map", layer: 1, kind: "self", stream: "main" },
      { value: "cross0.map", layer: 0, kind: "cross", stream: "main" },
      { value: "cross1.map", layer: 1, kind: "cross", stream: "main" },
    ]);
  });

  it("takes queries that are pooled from the keys' own sequence, and keys from the queries', for self-attention", () => {
    const pooled = [node("mean = ReduceMean(x)"), node("pooled = Add(mean, x)")];
    const kindsOf = (nodes: readonly NodeProto[], output: string) =>
      findAttention(graph(nodes, [output])).map((map) => map.kind);
    expect(kindsOf([...pooled, ...attentionBlock("a", "pooled", "x")], "a.out")).toEqual(["self"]);
    expect(kindsOf([...pooled, ...attentionBlock("a", "x", "pooled")], "a.out")).toEqual(["self"]);
    const mixed = [node("pooled = Add(mask, x)"), ...attentionBlock("a", "pooled", "x")];
    expect(kindsOf(mixed, "a.out")).toEqual(["cross"]);
  });

  it("takes one projection for queries and keys, and projections that reshape for themselves, for self-attention", () => {
    const fused = [node("qkv = Gemm(x, wq)"), node("a.q, a.k, a.v = Split(qkv)"), ...attentionBlock("a", "x").slice(3)];
    expect(findAttention(graph(fused, ["a.out"])).map((map) => map.kind)).toEqual(["self"]);
    const apart = changed("a", "k", [node("flat = Reshape(x, heads)"), node("a.k = MatMul(flat, wk)")]);
    expect(findAttention(graph(apart, ["a.out"])).map((map) => map.kind)).toEqual(["self"]);
  });

  it("sees through quantisation: dynamic, 4-bit, and around every operator", () => {
    const dynamic = (name: string, from: string, projection: string) => [
      node(`${name}8, ${name}scale, ${name}zero = DynamicQuantizeLinear(${from})`),
      node(`${name}32 = MatMulInteger(${name}8, wq, ${name}zero)`),
      node(`${name}float = Cast(${name}32)`, { to: 1 }),
      node(`${name}factor = Mul(${name}scale, scale)`),
      node(`${projection} = Mul(${name}float, ${name}factor)`),
    ];
    const kindOf = (nodes: readonly NodeProto[]) => findAttention(graph(nodes, ["b.out"])).map((map) => map.kind);
    const before = attentionBlock("a", "x");
    const rest = attentionBlock("b", "a.out").slice(2);
    const self = [...before, ...dynamic("q", "a.out", "b.q"), ...dynamic("k", "a.out", "b.k"), ...rest];
    const cross = [...before, ...dynamic("q", "a.out", "b.q"), ...dynamic("k", "mask", "b.k"), ...rest];
    expect(kindOf(self)).toEqual(["self", "self"]);
    expect(kindOf(cross)).toEqual(["self", "cross"]);
    const nbits = [node("b.q = MatMulNBits(a.out, wq)"), node("b.k = MatMulNBits(a.out, wk)")];
    expect(kindOf([...before, ...nbits.map((n) => ({ ...n, domain: "com.microsoft" })), ...rest])).toEqual([
      "self",
      "self",
    ]);
    const around = changed("a", "mixed", [
      node("a.map8 = QuantizeLinear(a.map, scale)"),
      node("a.map32 = DequantizeLinear(a.map8, scale)"),
      node("a.mixed = MatMul(a.map32, a.v)"),
    ]).flatMap((n) =>
      n.output[0] === "a.scaled"
        ? [node("s8 = QuantizeLinear(a.scores, scale)"), node("a.scaled = DequantizeLinear(s8, scale)")]
        : [n],
    );
    expect(findAttention(graph(around, ["a.out"])).map((map) => map.value)).toEqual(["a.map32"]);
    const onlyQuantised = [
      ...before.slice(0, 9),
      node("a.map8 = QuantizeLinear(a.map, scale)"),
      node("y = MatMulInteger(a.map8, mask)"),
    ];
    expect(findAttention(graph(onlyQuantised, ["y"])).map((map) => map.value)).toEqual(["a.map"]);
  });
});

describe("finding the word embedding", () => {
  const tables = [weight("words", [9, 2]), weight("positions", [5, 2]), weight("hidden", [50, 2])];

  const words = { table: "words", vocabulary: 9, width: 2 };

  it("takes the largest table that an input indexes", () => {
    const nodes = [
      node("cast = Cast(ids)", { to: 7 }),
      node("a = Gather(words, cast)"),
      node("b = Gather(positions, ids)"),
      node("c = Gather(words, kinds)"),
      node("d = Add(a, b)"),
      node("computed = CumSum(ids, ids)"),
      node("e = Gather(hidden, computed)"),
      node("y = Sum(c, d, e)"),
    ];
    const found = findEmbedding(graphOf(model(graphProto(nodes, [value("ids", 7), value("kinds", 7)], ["y"], tables))));
    expect(found).toEqual({ ...words, lookups: ["a"], ids: "ids", input: "ids" });
  });

  it("takes all lookups by the same numbers", () => {
    const nodes = [
      node("cast = Cast(ids)", { to: 7 }),
      node("a = Gather(words, cast)"),
      node("b = Gather(words, ids)"),
    ];
    const graph = graphOf(model(graphProto([...nodes, node("y = Add(a, b)")], [value("ids", 7)], ["y"], tables)));
    expect(findEmbeddings(graph)).toEqual([{ ...words, lookups: ["a", "b"], ids: "ids", input: "ids" }]);
  });

  it("tells the streams of an encoder and a decoder, whichever comes first, and copies of a table", () => {
    const copy = weight("copy", [9, 2]);
    const other = { ...weight("other", [9, 2]), rawData: new Uint8Array(72) };
    const nodes = [
      node("d = Gather(copy, answer)"),
      node("shifted = Slice(ids, answer)"),
      node("far = CumSum(ids, answer)"),
      node("s = Gather(words, shifted)"),
      node("c = Gather(copy, far)"),
      node("late = CumSum(answer, ids)"),
      node("o = Gather(other, late)"),
      node("p = Gather(positions, shifted)"),
      node("e = Gather(words, ids)"),
      node("y = Sum(d, s, c, o, p, e)"),
    ];
    const inputs = [value("ids", 7), value("answer", 7)];
    const graph = graphOf(model(graphProto(nodes, inputs, ["y"], [...tables, copy, other])));
    expect(findEmbeddings(graph)).toEqual([
      { ...words, lookups: ["e"], ids: "ids", input: "ids" },
      { ...words, table: "copy", lookups: ["d"], ids: "answer", input: "answer" },
      { ...words, lookups: ["s"], ids: "shifted", input: "ids" },
      { ...words, table: "copy", lookups: ["c"], ids: "far", input: "ids" },
    ]);
  });

  it("finds none where rows are not picked", () => {
    const nodes = [node("y = Gather(words, ids)", { axis: 1 })];
    expect(findEmbedding(graphOf(model(graphProto(nodes, [value("ids", 7)], ["y"], tables))))).toBeUndefined();
  });

  it("takes no table of segments for words, which is all that models of characters look up directly", () => {
    const nodes = [node("y = Gather(kinds, token_type_ids)")];
    const proto = graphProto(nodes, [value("token_type_ids", 7)], ["y"], [weight("kinds", [16, 8])]);
    expect(findEmbeddings(graphOf(model(proto)))).toEqual([]);
  });
});
