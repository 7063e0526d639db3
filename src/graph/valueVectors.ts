import { activationsOf } from "./activations";
import type { TracedMap } from "./attention";
import { type Graph, type Links, linksOf, longestSearch } from "./graph";
import { attributeOf, integerAttribute, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { ranksOf } from "./ranks";
import type { KnownShapes } from "./shapes/known";
import { shapesOf } from "./shapes/shapes";

/** The linear map after the heads are joined: y = x·W + b for x [batch, tokens, heads·width]. */
export interface OutputProjection {
  /** The initialiser W, float [heads·width, outputs], or [outputs, heads·width] where `transposed`. */
  readonly weight: string;
  readonly transposed: boolean;
  /** The initialiser b, float [outputs]; `null` where there is none. */
  readonly bias: string | null;
  /** The value that holds y, float [batch, tokens, outputs] or [batch·tokens, outputs]. */
  readonly result: string;
}

/** What an attention map weighs and where the result goes, for methods that look at vectors and not only at weights. */
export interface WeighedValues {
  /** The value vectors, float [batch, heads, tokens, width]; `null` where they are laid out in another way. */
  readonly values: string | null;
  /** How many heads have value vectors of their own, where several heads share them; `null` where each has its own. */
  readonly sharedHeads: number | null;
  /** `null` where something else comes before a linear map, or its weights are no constants. */
  readonly projection: OutputProjection | null;
}

const rearranging = new Set(["Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Identity", "Flatten"]);

/**
 * Finds for each map, in the same order, the value vectors (the other factor of the product with the map) and the output projection that
 * norm-based analysis needs (Kobayashi et al. 2020, eq. 3: f(x) = (x·W_V + b_V)·W_O).
 */
export function findValues(graph: Graph, maps: readonly TracedMap[]): WeighedValues[] {
  const links = linksOf(graph);
  const ranks = ranksOf(graph);
  const activations = activationsOf(graph);
  const shapes = shapesOf(graph);
  return maps.map((map) => {
    const values = valuesOf(map, links, ranks);
    const projection = projectionAfter(map.product.output[0] ?? "", graph, links, activations);
    return { values, sharedHeads: values === null ? null : sharedHeads(values, links, shapes), projection };
  });
}

/** Vectors of fewer heads are spread as [batch, heads, 1 → copies, tokens, width] and reshaped. */
function sharedHeads(values: string, links: Links, shapes: KnownShapes): number | null {
  const reshape = links.producer(values);
  const spread = reshape && operatorOf(reshape) === "Reshape" ? links.producer(reshape.input[0] ?? "") : undefined;
  const before = spread && operatorOf(spread) === "Expand" ? shapes.of(spread.input[0] ?? "") : undefined;
  const [, heads, copies] = before ?? [];
  return before?.length === 5 && copies === 1 && typeof heads === "number" ? heads : null;
}

function valuesOf({ product, factor }: TracedMap, links: Links, ranks: ReadonlyMap<string, number>): string | null {
  const [left, right = ""] = product.input;
  const inOrder = operatorOf(product) === "MatMul" || valuesInOrder(product);
  if (left !== factor || !inOrder) {
    return null;
  }
  // Exports that fold batch and heads into one axis have the vectors with four axes just before.
  let value = right;
  for (let steps = 0; steps < longestSearch && ranks.get(value) === 3; steps++) {
    const node = links.producer(value);
    if (!node || operatorOf(node) !== "Reshape") {
      return null;
    }
    value = node.input[0] ?? "";
  }
  return ranks.get(value) === 4 ? value : null;
}

/** Whether an Einsum has values as [batch, heads, tokens, width]. */
function valuesInOrder(product: NodeProto): boolean {
  const equation = new TextDecoder().decode(attributeOf(product, "equation")?.s).replaceAll(" ", "");
  return /^(\w)(\w)(\w)(\w),\1\2\4(\w)->/.test(equation);
}

function projectionAfter(
  context: string,
  graph: Graph,
  links: Links,
  activations: ReadonlySet<string>,
): OutputProjection | null {
  let value = context;
  for (let steps = 0; steps < longestSearch; steps++) {
    const readers = links.consumers(value).filter((node) => operatorOf(node) !== "Shape");
    const [reader] = readers;
    if (readers.length !== 1 || !reader) {
      return null;
    }
    const operator = operatorOf(reader);
    if (operator === "MatMul" || operator === "Gemm") {
      return linearMap(reader, value, graph, links, activations);
    }
    if (!rearranging.has(operator) || reader.input[0] !== value) {
      return null;
    }
    value = reader.output[0] ?? "";
  }
  return null;
}

function linearMap(
  node: NodeProto,
  input: string,
  graph: Graph,
  links: Links,
  activations: ReadonlySet<string>,
): OutputProjection | null {
  const isGemm = operatorOf(node) === "Gemm";
  const scaled = isGemm && ["alpha", "beta"].some((name) => (attributeOf(node, name)?.f ?? 1) !== 1);
  const weight = constantMatrix(node.input[1] ?? "", graph, links);
  if (node.input[0] !== input || scaled || !weight || integerAttribute(node, "transA", 0) === 1) {
    return null;
  }
  const transposed = weight.transposed !== (isGemm && integerAttribute(node, "transB", 0) === 1);
  const result = node.output[0] ?? "";
  if (isGemm) {
    const bias = node.input[2] ?? "";
    return bias !== "" && !graph.initialisers.has(bias)
      ? null
      : { weight: weight.name, transposed, bias: bias === "" ? null : bias, result };
  }
  const [reader, second] = links.consumers(result);
  const bias = !second && reader && operatorOf(reader) === "Add" && reader.input.find((value) => value !== result);
  return bias && !activations.has(bias) && graph.initialisers.get(bias)?.dims.length === 1
    ? { weight: weight.name, transposed, bias, result: reader.output[0] ?? "" }
    : { weight: weight.name, transposed, bias: null, result };
}

function constantMatrix(value: string, graph: Graph, links: Links): { name: string; transposed: boolean } | undefined {
  if (graph.initialisers.get(value)?.dims.length === 2) {
    return { name: value, transposed: false };
  }
  const node = links.producer(value);
  const source = node?.input[0] ?? "";
  return node && operatorOf(node) === "Transpose" && graph.initialisers.get(source)?.dims.length === 2
    ? { name: source, transposed: true }
    : undefined;
}
