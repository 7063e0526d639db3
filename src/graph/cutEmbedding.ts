import { elementTypes } from "./elementType";
import type { Embedding } from "./embedding";
import { type Graph, linksOf, newNames, topologicalOrder } from "./graph";
import { makeNode, operatorOf, renameRead } from "./node";
import type { NodeProto, TensorProto } from "./onnxSchema";
import { prune } from "./passes/prune";
import { shapesOf } from "./shapes/shapes";
import { integerTensor } from "./tensor";

/**
 * A graph that is fed the word embeddings under a new name, float [...shape of the token ids, width], instead of looking them up. All lookups
 * of the table by those ids read them, rearranged as the ids were before the lookup. The ids are still fed: positions and masks may be computed
 * from them.
 */
export function cutEmbedding(graph: Graph, embedding: Embedding, name: string): Graph {
  const links = linksOf(graph);
  const fresh = newNames(graph);
  const width = integerTensor(fresh(`${name}/width`), [1], [BigInt(embedding.width)]);
  const added: NodeProto[] = [];
  const renamed = new Map<string, string>();
  // What is known of computed ids is their rank and sizes, which the embeddings take on by this.
  const start = embedding.ids === embedding.input ? name : shapedLike(embedding.ids, name);
  for (const lookup of embedding.lookups) {
    const way = wayFromIds(links.producer(lookup)?.input[1] ?? "", embedding.ids, links.producer);
    if (way) {
      renamed.set(lookup, way.reduce(follow, start));
    }
  }

  /** Moves the embeddings as a node moved the ids: the width stays the last axis. */
  function follow(embeddings: string, node: NodeProto): string {
    const operator = operatorOf(node);
    if (operator === "Cast" || operator === "Identity") {
      return embeddings;
    }
    if (operator !== "Transpose") {
      return shapedLike(node.output[0] ?? "", embeddings);
    }
    const result = fresh(`${name}/Transpose`);
    const order = node.attribute[0]?.ints.map(Number) ?? allTurned(node);
    added.push(makeNode("Transpose", [embeddings], [result], { perm: [...order, order.length] }));
    return result;
  }

  /** Without an order all axes are reversed. */
  function allTurned({ output }: NodeProto): number[] {
    const rank = shapesOf(graph).of(output[0] ?? "")?.length ?? 2;
    return Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  }

  /** Embeddings in the shape of token numbers, each with its width. */
  function shapedLike(numbers: string, embeddings: string): string {
    const [sizes, shape, result] = [fresh(`${name}/ids`), fresh(`${name}/shape`), fresh(`${name}/Reshape`)];
    added.push(makeNode("Shape", [numbers], [sizes]));
    added.push(makeNode("Concat", [sizes, width.name ?? ""], [shape], { axis: 0 }));
    added.push(makeNode("Reshape", [embeddings, shape], [result]));
    return result;
  }

  // A lookup that is itself returned, as the first of all hidden states.
  for (const { name: output = "" } of graph.outputs) {
    const fed = renamed.get(output);
    if (fed !== undefined) {
      added.push(makeNode("Identity", [fed], [output]));
    }
  }
  return fedGraph(graph, embedding, name, { width, added, renamed });
}

/** What reads fed embeddings instead of looking them up. */
interface Rewiring {
  readonly width: TensorProto;
  readonly added: readonly NodeProto[];
  /** What each lookup gave, and what takes its place. */
  readonly renamed: ReadonlyMap<string, string>;
}

function fedGraph(
  graph: Graph,
  { ids, table, width }: Embedding,
  name: string,
  { added, renamed, width: axis }: Rewiring,
): Graph {
  const initialisers = new Map([...graph.initialisers, [axis.name ?? "", axis]]);
  const shape = graph.inputs.find((input) => input.name === ids)?.type?.tensorType?.shape;
  const elemType = graph.initialisers.get(table)?.dataType ?? elementTypes.float32;
  const fed = shape && { dim: [...shape.dim, { dimValue: width }] };
  const nodes = graph.nodes.filter((node) => !renamed.has(node.output[0] ?? ""));
  return prune({
    ...graph,
    inputs: [...graph.inputs, { name, type: { tensorType: { elemType, ...(fed ? { shape: fed } : {}) } } }],
    initialisers,
    nodes: topologicalOrder(
      [...nodes.map((node) => renameRead(node, renamed)), ...added],
      new Set([...graph.inputs.map((input) => input.name ?? ""), ...initialisers.keys(), name]),
    ),
  });
}

/** The nodes between the ids and a lookup, first the one that reads the ids; `undefined` where they do not come from `input`. */
function wayFromIds(
  indices: string,
  input: string,
  producer: (value: string) => NodeProto | undefined,
): NodeProto[] | undefined {
  const way: NodeProto[] = [];
  let value = indices;
  for (let node = producer(value); node && value !== input; node = producer(value)) {
    way.unshift(node);
    value = node.input[0] ?? "";
  }
  return value === input ? way : undefined;
}
