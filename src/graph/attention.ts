import { activationsOf, ancestors } from "./activations";
import { type Graph, type Links, linksOf, longestSearch, sourceBefore } from "./graph";
import { integerAttribute, operatorOf, valuesRead } from "./node";
import type { NodeProto } from "./onnxSchema";
import { unsupported } from "./refusal";

/** An attention map found in a graph: float [batch, heads, queries, keys], each row a distribution over keys. */
export interface AttentionMap {
  /** The value that holds it: the last one on its way to the value product that still has the shape of the Softmax. */
  readonly value: string;
  /** From 0, counted among the maps of the same stream and kind in the order in which the signal passes them. */
  readonly layer: number;
  /** `self`: queries and keys come from the same sequence; `cross`: from two. */
  readonly kind: "self" | "cross";
  /** Maps whose results become the keys of a cross map are in the encoder; all others are in the main stream. */
  readonly stream: "encoder" | "main";
}

/** The encoder's maps, then layer by layer the decoder's own and its maps from the output to the text. */
export function inComputedOrder<T extends Omit<AttentionMap, "value">>(maps: readonly T[]): T[] {
  const place = ({ stream, layer, kind }: T) =>
    (stream === "main" ? maps.length : 0) + layer + (kind === "cross" ? 0.5 : 0);
  return maps.toSorted((a, b) => place(a) - place(b));
}

/** An attention map with the way it is made and used. */
export interface TracedMap extends AttentionMap {
  /** The values whose projections are the queries. */
  readonly queries: ReadonlySet<string>;
  /** The values whose projections are the keys. */
  readonly keys: ReadonlySet<string>;
  /** The product that weighs the value vectors with the map. */
  readonly product: NodeProto;
  /** The input of {@link product} that is made of the map. */
  readonly factor: string;
}

const products = new Set(["MatMul", "Einsum", "MatMulInteger", "com.microsoft.FusedMatMul"]);
const linearMaps = new Set([
  ...products,
  "Gemm",
  "Conv",
  "com.microsoft.MatMulNBits",
  "com.microsoft.MatMulIntegerToFloat",
  "com.microsoft.DynamicQuantizeMatMul",
]);
const quantising = ["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"];
/** What may lie between the product of queries and keys and the Softmax: scaling, masks, biases, soft-capping, reshaping. */
const beforeSoftmax = new Set([
  ...quantising,
  ..."Add Sub Mul Div Where Tanh Cast Reshape Transpose Expand Identity Dropout Squeeze Unsqueeze Clip Min Max".split(
    " ",
  ),
]);
/** What may lie between the Softmax and the product with the values without changing its shape. */
const shapeKeeping = new Set([...quantising, "Where", "Cast", "Identity", "Mul", "Dropout"]);
const afterSoftmax = new Set([...shapeKeeping, "Reshape", "Transpose", "Squeeze", "Unsqueeze"]);
/** What leaves a sequence the same one. */
const sameSequence = new Set([
  ...quantising,
  "Reshape",
  "Cast",
  "Identity",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Dropout",
]);

/** Each candidate is searched from, so their number bounds the time; the deepest models have a few hundred. */
const mostCandidates = 1000;

/**
 * Finds the attention maps by what they compute, never by name: a Softmax over the last axis of a product of two activations, whose
 * result is a factor of a product with an activation. Sorted by stream, then kind, then layer.
 */
export function findAttention(graph: Graph): AttentionMap[] {
  return traceAttention(graph).map(({ value, layer, kind, stream }) => ({ value, layer, kind, stream }));
}

/** As {@link findAttention}, with the way of each map. */
export function traceAttention(graph: Graph): TracedMap[] {
  const links = linksOf(graph);
  const activations = activationsOf(graph);
  const isProduct = (node: NodeProto) => products.has(operatorOf(node)) && factorsOf(node, activations).length === 2;
  const found: Found[] = [];
  const candidates = graph.nodes.filter((node) => operatorOf(node) === "Softmax" && overLastAxis(node, graph));
  if (candidates.length > mostCandidates) {
    throw unsupported("it has more Softmax operators than any known model");
  }
  for (const node of candidates) {
    const use = useOf(node.output[0] ?? "", links, isProduct);
    const scores = use ? productsBefore(node, links, activations, isProduct) : [];
    const projected = scores.map((product) =>
      factorsOf(product, activations).map((operand) => projectionSources(operand, links, activations)),
    );
    // Scores may be sums: a product with a mask of segments has a factor that nothing was projected to.
    const [queries, keys] = projected.find((pair) => pair.every((sources) => sources.size > 0)) ?? projected[0] ?? [];
    if (use && scores.length > 0) {
      found.push({ softmax: node, ...use, queries: queries ?? new Set(), keys: keys ?? new Set() });
    }
  }
  return inLayers(graph, found, activations, links);
}

interface Found extends Omit<TracedMap, "layer" | "kind" | "stream"> {
  readonly softmax: NodeProto;
}

/** The factors of a product or linear map that carry the signal; its other inputs are weights, scales and biases. */
function factorsOf(node: NodeProto, activations: ReadonlySet<string>): string[] {
  return node.input.slice(0, 2).filter((value) => activations.has(value));
}

function overLastAxis(node: NodeProto, graph: Graph): boolean {
  const axis = integerAttribute(node, "axis", graph.opset < 13 ? 1 : -1);
  if (axis === -1) {
    return true;
  }
  const rank = graph.valueInfo.get(node.output[0] ?? "")?.type?.tensorType?.shape?.dim.length;
  // Without a known shape, maps are taken to be [batch, heads, queries, keys] or, with both folded, [rows, queries, keys].
  return rank === undefined ? axis === 3 || axis === 2 : axis === rank - 1;
}

/** Products that scores are the sum of: content, and position and segment relative to it. */
const mostSummands = 4;

/** The products of two activations that the scores are made of, the last added first. */
function productsBefore(
  softmax: NodeProto,
  links: Links,
  activations: ReadonlySet<string>,
  isProduct: (node: NodeProto) => boolean,
): NodeProto[] {
  const found: NodeProto[] = [];
  const pending = [softmax.input[0] ?? ""];
  const seen = new Set(pending);
  for (let value = pending.pop(); value !== undefined && seen.size < longestSearch; value = pending.pop()) {
    if (found.length === mostSummands) {
      break;
    }
    const node = links.producer(value);
    if (!node) {
      continue;
    }
    if (isProduct(node)) {
      found.push(node);
    } else if (beforeSoftmax.has(operatorOf(node))) {
      for (const input of node.input.filter((name) => activations.has(name) && !seen.has(name))) {
        seen.add(input);
        pending.push(input);
      }
    }
  }
  return found;
}

/** Follows a map to the product with the values, if there is a way; `value` is the last one of unchanged shape on it. */
function useOf(
  softmaxOutput: string,
  links: Links,
  isProduct: (node: NodeProto) => boolean,
): Pick<TracedMap, "value" | "product" | "factor"> | undefined {
  const pending = [{ value: softmaxOutput, shown: softmaxOutput, keepsShape: true }];
  const seen = new Set<string>();
  for (let step = pending.pop(); step && seen.size < longestSearch; step = pending.pop()) {
    const { value, shown, keepsShape } = step;
    const readers = seen.has(value) ? [] : links.consumers(value);
    seen.add(value);
    const product = readers.find(isProduct);
    if (product) {
      return { value: shown, product, factor: value };
    }
    for (const node of readers.filter((reader) => afterSoftmax.has(operatorOf(reader)))) {
      const next = node.output[0] ?? "";
      const operator = operatorOf(node);
      const still = keepsShape && shapeKeeping.has(operator);
      // Quantised numbers cannot be shown; the next value that is dequantised can.
      const readable = still && operator !== "QuantizeLinear" && operator !== "DynamicQuantizeLinear";
      pending.push({ value: next, shown: readable ? next : shown, keepsShape: still });
    }
  }
  return undefined;
}

/** Where an operand of the score product was projected from: the activations that the first linear maps upstream read. */
function projectionSources(operand: string, links: Links, activations: ReadonlySet<string>): Set<string> {
  const sources = new Set<string>();
  const pending = [operand];
  const seen = new Set(pending);
  for (let value = pending.pop(); value !== undefined && seen.size < longestSearch; value = pending.pop()) {
    const node = links.producer(value);
    const operator = node ? operatorOf(node) : "";
    const [factor, second] = node ? factorsOf(node, activations) : [];
    // Projections that reshape or quantise their input for themselves still share what lies before.
    if (factor && ((linearMaps.has(operator) && !second) || operator === "DynamicQuantizeLinear")) {
      sources.add(sourceBefore(factor, (node) => sameSequence.has(operatorOf(node)), links));
      continue;
    }
    for (const input of node?.input.filter((name) => activations.has(name) && !seen.has(name)) ?? []) {
      seen.add(input);
      pending.push(input);
    }
  }
  return sources;
}

/** Orders the maps by how many others lie upstream in their own stream; never by their order in the file. */
function inLayers(graph: Graph, found: readonly Found[], activations: ReadonlySet<string>, links: Links): TracedMap[] {
  const isSelf = ({ queries, keys }: Found) =>
    [...queries].some((source) => keys.has(source)) ||
    madeFromAlone(queries, keys, activations, links) ||
    madeFromAlone(keys, queries, activations, links);
  const upstreamOfCross = ancestors(
    found.filter((map) => !isSelf(map)).flatMap((map) => [...map.keys]),
    activations,
    links,
  );
  const maps = found.map((map) => ({
    map,
    kind: isSelf(map) ? ("self" as const) : ("cross" as const),
    stream: upstreamOfCross.has(map.softmax.output[0] ?? "") ? ("encoder" as const) : ("main" as const),
  }));
  const result: TracedMap[] = [];
  for (const stream of ["encoder", "main"] as const) {
    for (const kind of ["self", "cross"] as const) {
      const group = maps.filter((m) => m.stream === stream && m.kind === kind);
      const depth = depths(graph, new Set(group.map((m) => m.map.softmax)), activations);
      const sorted = group.toSorted((a, b) => (depth.get(a.map.softmax) ?? 0) - (depth.get(b.map.softmax) ?? 0));
      result.push(
        ...sorted.map(({ map: { softmax: _, ...map } }, layer): TracedMap => ({ ...map, layer, kind, stream })),
      );
    }
  }
  return result;
}

/** Whether values are computed from nothing but the given sources: a sequence that was pooled is still the same one. */
function madeFromAlone(
  values: ReadonlySet<string>,
  sources: ReadonlySet<string>,
  activations: ReadonlySet<string>,
  links: Links,
): boolean {
  const pending = [...values];
  const seen = new Set(pending);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const node = sources.has(value) ? undefined : links.producer(value);
    if (!sources.has(value) && (!node || seen.size >= longestSearch)) {
      return false;
    }
    for (const input of node ? valuesRead(node) : []) {
      if (activations.has(input) && !seen.has(input)) {
        seen.add(input);
        pending.push(input);
      }
    }
  }
  return values.size > 0;
}

/** For each counted node, the most counted nodes on one path that leads to it. */
function depths(
  graph: Graph,
  counted: ReadonlySet<NodeProto>,
  activations: ReadonlySet<string>,
): Map<NodeProto, number> {
  const upstream = new Map<string, number>();
  const result = new Map<NodeProto, number>();
  for (const node of graph.nodes) {
    let depth = 0;
    for (const value of valuesRead(node)) {
      depth = Math.max(depth, (activations.has(value) && upstream.get(value)) || 0);
    }
    if (counted.has(node)) {
      result.set(node, depth);
    }
    const operator = operatorOf(node);
    const after = operator === "Shape" || operator === "Size" ? 0 : depth + (counted.has(node) ? 1 : 0);
    for (const output of node.output) {
      upstream.set(output, after);
    }
  }
  return result;
}
