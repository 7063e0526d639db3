import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf } from "../graph";
import { attributeOf, integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { typesOf } from "../types";
import { capped, laterKeys, lowest, onlyFirstIsRead, repeatHeads } from "./attentionWriting";
import { usesSixteenBit } from "./fullPrecision";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes the operators Attention and RotaryEmbedding, which ONNX has from operator set 23 on, out. Attention without past; RotaryEmbedding of
 * [batch, heads, tokens, width] in halves, whose tables of one batch row the runtime would refuse for larger batches. Others stay.
 */
export function standardAttention(graph: Graph): Graph {
  if (usesSixteenBit(graph)) {
    return graph;
  }
  return writtenOut(graph, new Set(["Attention", "RotaryEmbedding"]), (writer) => {
    const ranks = ranksOf(graph);
    const context = { graph, links: linksOf(graph), types: typesOf(graph), ranks };
    return (node) =>
      operatorOf(node) === "Attention" ? attention(node, writer, context) : rotary(node, writer, ranks);
  });
}

type Known = ReadonlyMap<string, number>;

interface Context {
  readonly graph: Graph;
  readonly links: Links;
  readonly types: Known;
  readonly ranks: Known;
}

/** Softmax(cap(scale · Q Kᵀ) + mask) V, where cap(s) = c · tanh(s / c) if there is a `softcap` c. */
function attention(node: NodeProto, writer: Writer, { graph, links, types, ranks }: Context): boolean {
  const [q = "", k = "", v = "", mask = "", ...state] = node.input;
  const [y = ""] = node.output;
  const rank = ranks.get(q);
  const size = (value: string, axis: number) =>
    graph.valueInfo.get(value)?.type?.tensorType?.shape?.dim[axis]?.dimValue;
  const heads = rank === 3 ? integerAttribute(node, "q_num_heads", 0) : (size(q, 1) ?? 0);
  const keyHeads = rank === 3 ? integerAttribute(node, "kv_num_heads", 0) : (size(k, 1) ?? 0);
  const width = size(q, rank === 3 ? 2 : 3);
  const scale = attributeOf(node, "scale")?.f ?? (width && 1 / Math.sqrt(rank === 3 ? width / heads : width));
  const repeats = heads / keyHeads;
  const sameRank = (rank === 3 || rank === 4) && ranks.get(k) === rank && ranks.get(v) === rank;
  const maskType = mask === "" ? elementTypes.float32 : types.get(mask);
  const maskKnown = maskType === elementTypes.float32 || maskType === elementTypes.bool;
  const stateless = state.every((name) => name === "") && onlyFirstIsRead(node, graph, links);
  if (!sameRank || !stateless || !maskKnown || !scale || !Number.isInteger(repeats) || repeats < 1) {
    return false;
  }
  const split = (value: string, count: number) =>
    rank === 4
      ? value
      : writer.add("Transpose", [writer.add("Reshape", [value, writer.integers(0, 0, count, -1)])], {
          perm: [0, 2, 1, 3],
        });
  const repeated = (value: string) => repeatHeads(writer, value, keyHeads, heads);
  const keys = writer.add("Transpose", [repeated(split(k, keyHeads))], { perm: [0, 1, 3, 2] });
  const values = repeated(split(v, keyHeads));
  let scores = writer.add("Mul", [writer.add("MatMul", [split(q, heads), keys]), writer.float(scale)]);
  scores = capped(writer, scores, attributeOf(node, "softcap")?.f ?? 0);
  if (integerAttribute(node, "is_causal", 0) !== 0) {
    scores = writer.add("Where", [laterKeys(writer, scores), writer.float(lowest), scores]);
  }
  if (mask !== "") {
    scores =
      maskType === elementTypes.bool
        ? writer.add("Where", [mask, scores, writer.float(lowest)])
        : writer.add("Add", [scores, mask]);
  }
  const map = writer.add("Softmax", [scores], { axis: -1 });
  if (rank === 4) {
    writer.add("MatMul", [map, values], {}, y);
    return true;
  }
  const mixed = writer.add("Transpose", [writer.add("MatMul", [map, values])], { perm: [0, 2, 1, 3] });
  writer.add("Reshape", [mixed, writer.integers(0, 0, -1)], {}, y);
  return true;
}

/** (a, b) → (a cos − b sin, a sin + b cos) for the two halves of the part that is turned; the rest stays. */
function rotary(node: NodeProto, writer: Writer, ranks: Known): boolean {
  const [x = "", cosines = "", sines = "", positions = ""] = node.input;
  const turned = integerAttribute(node, "rotary_embedding_dim", 0);
  if (ranks.get(x) !== 4 || integerAttribute(node, "interleaved", 0) !== 0 || turned % 2 !== 0 || turned < 0) {
    return false;
  }
  const [cos = "", sin = ""] = [cosines, sines].map((table) => {
    const rows = positions === "" ? table : writer.add("Gather", [table, positions]);
    return writer.add("Unsqueeze", [rows, writer.integers(1)]);
  });
  const part = (from: number, to: number) =>
    writer.add("Slice", [x, writer.integers(from), writer.integers(to), writer.integers(3)]);
  const [a, b] = turned === 0 ? writer.halves(x, 3) : [part(0, turned / 2), part(turned / 2, turned)];
  const first = writer.add("Sub", [writer.add("Mul", [a, cos]), writer.add("Mul", [b, sin])]);
  const second = writer.add("Add", [writer.add("Mul", [a, sin]), writer.add("Mul", [b, cos])]);
  const rest = turned === 0 ? [] : [part(turned, Number.MAX_SAFE_INTEGER)];
  writer.add("Concat", [first, second, ...rest], { axis: 3 }, node.output[0]);
  return true;
}
