import { elementTypes } from "../elementType";
import type { Graph, Links } from "../graph";
import { operatorOf } from "../node";
import type { Writer } from "./writer";

/** Attention as it is to be written out. */
export interface AttentionParts {
  readonly output: string;
  /** Projected queries, keys and values, each [batch, tokens, width]. */
  readonly queries: string;
  readonly keys: string;
  readonly values: string;
  readonly heads: number;
  /** Widths of queries, keys and values over all heads. */
  readonly widths: readonly [number, number, number];
  readonly scale: number;
  /** 1 where a key may be looked at, [batch, keys]. */
  readonly mask: string | undefined;
  /** Added to the scores of keys that may not be looked at. */
  readonly masked: number;
  /** Added to the scores. */
  readonly scoreBias: string | undefined;
  /** Whether a query sees no key after it. */
  readonly causal: boolean;
}

/** Writes Softmax(scale · Q Kᵀ + masks) V for each head and joins the heads again. */
export function writeAttention(writer: Writer, parts: AttentionParts): void {
  const { heads, widths, scale, mask, masked, scoreBias, causal } = parts;
  const [queries = "", keys = "", values = ""] = [parts.queries, parts.keys, parts.values].map((value, part) => {
    const split = writer.add("Reshape", [value, writer.integers(0, 0, heads, (widths[part] ?? 0) / heads)]);
    return writer.add("Transpose", [split], { perm: part === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] });
  });
  let scores = writer.add("Mul", [writer.add("MatMul", [queries, keys]), writer.float(scale)]);
  if (mask !== undefined) {
    const allowed = writer.add("Cast", [writer.add("Reshape", [mask, writer.integers(0, 1, 1, -1)])], {
      to: elementTypes.float32,
    });
    const penalty = writer.add("Mul", [writer.add("Sub", [writer.float(1), allowed]), writer.float(masked)]);
    scores = writer.add("Add", [scores, penalty]);
  }
  if (scoreBias !== undefined) {
    scores = writer.add("Add", [scores, scoreBias]);
  }
  if (causal) {
    scores = writer.add("Where", [laterKeys(writer, scores), writer.float(lowest), scores]);
  }
  // Before operator set 13 the axis is the first of those flattened together; the last one is the same thing then.
  const map = writer.add("Softmax", [scores], { axis: writer.opset < 13 ? 3 : -1 });
  const mixed = writer.add("Transpose", [writer.add("MatMul", [map, values])], { perm: [0, 2, 1, 3] });
  writer.add("Reshape", [mixed, writer.integers(0, 0, widths[2])], {}, parts.output);
}

/** The lowest 32-bit float: what scores of keys that may not be looked at become. */
export const lowest = -3.4028234663852886e38;

/** [queries, keys] of scores [batch, heads, queries, keys], true where the key comes after the query: number of key > number of query. */
export function laterKeys(writer: Writer, scores: string): string {
  const shape = writer.add("Shape", [scores]);
  const [queries = "", keys = ""] = [2, 3].map((axis) => {
    const size = writer.add("Slice", [shape, writer.integers(axis), writer.integers(axis + 1)]);
    const zero = writer.integer(0);
    return writer.add("Range", [zero, writer.add("Reshape", [size, writer.integers()]), writer.integer(1)]);
  });
  return writer.add("Less", [writer.add("Reshape", [queries, writer.integers(-1, 1)]), keys]);
}

/** The mask [batch, keys] behind a mask input: itself, if its rank is known to be 2, or what EmbedLayerNormalization counted. */
export function maskOf(value: string, graph: Graph, links: Links): string | undefined {
  const node = links.producer(value);
  if (node && operatorOf(node) === "com.microsoft.EmbedLayerNormalization") {
    return node.input[7] || undefined;
  }
  const source = node && operatorOf(node) === "Cast" ? (node.input[0] ?? "") : value;
  const info = graph.inputs.find((input) => input.name === source) ?? graph.valueInfo.get(source);
  return info?.type?.tensorType?.shape?.dim.length === 2 ? value : undefined;
}
