import { elementTypes } from "../elementType";
import type { Graph, Links } from "../graph";
import { attributeOf, integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { tensorNumbers } from "../tensor";
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
  /** Heads of keys and values, where several query heads share one; as many as `heads` unless given. */
  readonly keyHeads?: number;
  /** The bound c of scores that are flattened to c · tanh(s / c), before anything is added to them. */
  readonly softcap?: number;
  /** How many keys before itself a query sees; all unless given. */
  readonly before?: number;
}

/** Whether nothing reads what a node returns besides its first result: keys and values for later runs, or its own workings. */
export function onlyFirstIsRead(node: NodeProto, graph: Graph, links: Links): boolean {
  const rest = new Set(node.output.slice(1).filter((name) => name !== ""));
  return (
    ![...rest].some((name) => links.consumers(name).length > 0) && !graph.outputs.some((o) => rest.has(o.name ?? ""))
  );
}

/** Writes Softmax(scale · Q Kᵀ + masks) V for each head and joins the heads again. */
export function writeAttention(writer: Writer, parts: AttentionParts): void {
  const { heads, widths, scale, mask, masked, scoreBias, causal, keyHeads = heads, softcap = 0, before } = parts;
  const [queries = "", sharedKeys = "", sharedValues = ""] = [parts.queries, parts.keys, parts.values].map(
    (value, part) => {
      const count = part === 0 ? heads : keyHeads;
      const split = writer.add("Reshape", [value, writer.integers(0, 0, count, (widths[part] ?? 0) / count)]);
      return writer.add("Transpose", [split], { perm: part === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] });
    },
  );
  const [keys, values] = [
    repeatHeads(writer, sharedKeys, keyHeads, heads),
    repeatHeads(writer, sharedValues, keyHeads, heads),
  ];
  let scores = capped(writer, writer.add("Mul", [writer.add("MatMul", [queries, keys]), writer.float(scale)]), softcap);
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
  if (before !== undefined) {
    scores = writer.add("Where", [earlierKeys(writer, scores, before), writer.float(lowest), scores]);
  }
  // Before operator set 13 the axis is the first of those flattened together; the last one is the same thing then.
  const map = writer.add("Softmax", [scores], { axis: writer.opset < 13 ? 3 : -1 });
  const mixed = writer.add("Transpose", [writer.add("MatMul", [map, values])], { perm: [0, 2, 1, 3] });
  writer.add("Reshape", [mixed, writer.integers(0, 0, (widths[2] / keyHeads) * heads)], {}, parts.output);
}

/** The lowest 32-bit float: what scores of keys that may not be looked at become. */
export const lowest = -3.4028234663852886e38;

/** [queries, keys] of scores [batch, heads, queries, keys], true where the key comes after the query: number of key > number of query. */
export function laterKeys(writer: Writer, scores: string): string {
  const [queries, keys] = numbered(writer, scores);
  return writer.add("Less", [queries, keys]);
}

/** [queries, keys] of scores, true where the key comes more than `before` places before the query. */
function earlierKeys(writer: Writer, scores: string, before: number): string {
  const [queries, keys] = numbered(writer, scores);
  return writer.add("Less", [writer.add("Add", [keys, writer.integers(before)]), queries]);
}

/** The numbers of the queries of scores [batch, heads, queries, keys] as [queries, 1], and those of the keys as [keys]. */
function numbered(writer: Writer, scores: string): readonly [string, string] {
  const shape = writer.add("Shape", [scores]);
  const [queries = "", keys = ""] = [2, 3].map((axis) => {
    const size = writer.add("Slice", [shape, writer.integers(axis), writer.integers(axis + 1)]);
    return writer.range(writer.add("Reshape", [size, writer.integers()]));
  });
  return [writer.add("Reshape", [queries, writer.integers(-1, 1)]), keys];
}

/** c · tanh(scores / c), or the scores themselves where c is 0. */
export function capped(writer: Writer, scores: string, c: number): string {
  if (c === 0) {
    return scores;
  }
  const curve = writer.add("Tanh", [writer.add("Div", [scores, writer.float(c)])]);
  return writer.add("Mul", [curve, writer.float(c)]);
}

/** Each of the `heads` of [batch, heads, …, …] as often as queries share it, one after the other, so that there are `wanted`. */
export function repeatHeads(writer: Writer, value: string, heads: number, wanted: number): string {
  if (heads === wanted) {
    return value;
  }
  const apart = writer.add("Unsqueeze", [value, writer.integers(2)]);
  const copies = writer.add("Expand", [apart, writer.integers(1, 1, wanted / heads, 1, 1)]);
  const shape = writer.add("Shape", [value]);
  const rest = writer.add("Slice", [shape, writer.integers(2), writer.integers(4)]);
  const batch = writer.add("Slice", [shape, writer.integers(0), writer.integers(1)]);
  return writer.add("Reshape", [copies, writer.add("Concat", [batch, writer.integers(wanted), rest], { axis: 0 })]);
}

/** The last dimension of a product with weights, or of a part of it, seen through added biases, turning by position and reshaping. */
export function widthOf(value: string, graph: Graph, links: Links): number | undefined {
  let current = value;
  for (let steps = 0; steps < 8; steps++) {
    const node = links.producer(current);
    const second = graph.initialisers.get(node?.input[1] ?? "");
    if (!node) {
      return undefined;
    }
    switch (operatorOf(node)) {
      case "MatMul":
        return second?.dims[1];
      case "Add": {
        const bias = node.input.find((name) => graph.initialisers.get(name)?.dims.length === 1);
        const width = graph.initialisers.get(bias ?? "")?.dims[0];
        if (width !== undefined && width !== 1) {
          return width;
        }
        break;
      }
      case "Reshape": {
        const last = second && Number(tensorNumbers(second).at(-1));
        return last !== undefined && last > 0 ? last : undefined;
      }
      case "Split":
        return second && integerAttribute(node, "axis", 0) === -1
          ? Number(tensorNumbers(second)[node.output.indexOf(current)])
          : undefined;
      case "com.microsoft.RotaryEmbedding":
        break;
      default:
        return undefined;
    }
    current = node.input[0] ?? "";
  }
  return undefined;
}

/**
 * The mask [batch, keys] behind a mask input: itself, if its rank is known to be 2, or what its lengths were counted from. Lengths say nothing of
 * padding on the left, the mask does.
 */
export function maskOf(value: string, graph: Graph, links: Links): string | undefined {
  const node = links.producer(value);
  switch (node && operatorOf(node)) {
    case "com.microsoft.EmbedLayerNormalization":
      return node?.input[7] || undefined;
    case "ReduceSum":
      return node && sumsKeys(node, graph) ? maskOf(node.input[0] ?? "", graph, links) : undefined;
  }
  const source = node && operatorOf(node) === "Cast" ? (node.input[0] ?? "") : value;
  const before = links.producer(source);
  if (before && operatorOf(before) === "ReduceSum") {
    return maskOf(source, graph, links);
  }
  const info = graph.inputs.find((input) => input.name === source) ?? graph.valueInfo.get(source);
  return info?.type?.tensorType?.shape?.dim.length === 2 ? value : undefined;
}

/** Whether a sum is over the second axis alone, which goes. */
function sumsKeys(node: NodeProto, graph: Graph): boolean {
  const axes = graph.initialisers.get(node.input[1] ?? "");
  const [axis, ...others] = axes ? tensorNumbers(axes) : (attributeOf(node, "axes")?.ints.map(Number) ?? []);
  return (axis === 1 || axis === -1) && others.length === 0 && integerAttribute(node, "keepdims", 1) === 0;
}
