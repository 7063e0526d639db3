import { elementTypes } from "../elementType";
import type { Embedding } from "../embedding";
import { type Graph, linksOf, newNames, topologicalOrder } from "../graph";
import { makeNode, operatorOf, renameRead } from "../node";
import type { NodeProto } from "../onnxSchema";
import { prune } from "../passes/prune";
import { integerTensor } from "../tensor";

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
  for (const lookup of embedding.lookups) {
    const way = wayFromIds(links.producer(lookup)?.input[1] ?? "", embedding.input, links.producer);
    if (way) {
      renamed.set(lookup, way.reduce(follow, name));
    }
  }

  /** Moves the embeddings as a node moved the ids: the width stays the last axis. */
  function follow(embeddings: string, node: NodeProto): string {
    const operator = operatorOf(node);
    if (operator === "Cast" || operator === "Identity") {
      return embeddings;
    }
    const result = fresh(`${name}/${operator}`);
    if (operator === "Transpose") {
      const order = node.attribute[0]?.ints.map(Number) ?? [1, 0];
      added.push(makeNode("Transpose", [embeddings], [result], { perm: [...order, order.length] }));
    } else {
      const [ids, shape] = [fresh(`${name}/ids`), fresh(`${name}/shape`)];
      added.push(makeNode("Shape", node.output, [ids]));
      added.push(makeNode("Concat", [ids, width.name ?? ""], [shape], { axis: 0 }));
      added.push(makeNode("Reshape", [embeddings, shape], [result]));
    }
    return result;
  }

  const initialisers = new Map([...graph.initialisers, [width.name ?? "", width]]);
  const ids = graph.inputs.find((input) => input.name === embedding.input)?.type?.tensorType?.shape;
  const elemType = graph.initialisers.get(embedding.table)?.dataType ?? elementTypes.float32;
  const shape = ids && { dim: [...ids.dim, { dimValue: embedding.width }] };
  const nodes = graph.nodes.filter((node) => !renamed.has(node.output[0] ?? ""));
  return prune({
    ...graph,
    inputs: [...graph.inputs, { name, type: { tensorType: { elemType, ...(shape ? { shape } : {}) } } }],
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
