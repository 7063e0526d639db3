import { type Graph, type Links, linksOf, newNames } from "../graph";
import { integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { integerTensor, tensorNumbers } from "../tensor";
import { prune } from "./prune";
import { TokenPicker } from "./tokenPicker";

/**
 * Computes for one token what is only read for one: where a classifier picks the first or the last token of [batch, tokens, width], the picking
 * is moved up through everything that treats tokens one by one, which is all of the last layer but its keys, values and attention.
 * Saves about an eighth of the work of a six-layer model.
 */
export function pickedTokens(graph: Graph): Graph {
  const picks = graph.nodes.filter((node) => pickedIndex(node, graph) !== undefined);
  if (picks.length === 0) {
    return graph;
  }
  const ranks = ranksOf(graph);
  const links = linksOf(graph);
  // Residual connections lead up through all layers, but what is computed for every token in any case need only be picked from.
  const entire = new Set(picked(graph, ranks, links, new Set()).nodes.flatMap((node) => node.output));
  return picked(graph, ranks, links, entire);
}

/** The graph with its picks moved up, but no further than to values that are computed for all tokens. */
function picked(graph: Graph, ranks: ReadonlyMap<string, number>, links: Links, entire: ReadonlySet<string>): Graph {
  const newName = newNames(graph);
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.flatMap((node) => {
    const index = pickedIndex(node, graph);
    const [data = "", ...rest] = node.input;
    if (index === undefined || ranks.get(data) !== 3) {
      return [node];
    }
    const place = newName("picked");
    const picker = new TokenPicker({
      ranks,
      links,
      newName,
      isEntire: (value) => entire.has(value),
      pick: (value, name) => [makeNode("Gather", [value, place], [name], { axis: 1 })],
    });
    const row = picker.pick(data);
    if (picker.products === 0) {
      return [node];
    }
    initialisers.set(place, integerTensor(place, [1], [BigInt(index)]));
    return [...picker.nodes, { ...node, input: [row, ...rest] }];
  });
  return prune({ ...graph, nodes, initialisers });
}

/** The token a Gather picks, 0 or −1: these are right for an axis of size 1 too, over which the other operand is repeated. */
function pickedIndex(node: NodeProto, graph: Graph): 0 | -1 | undefined {
  const indices = graph.initialisers.get(node.input[1] ?? "");
  if (operatorOf(node) !== "Gather" || !indices || indices.dims.length > 1 || (indices.dims[0] ?? 1) !== 1) {
    return undefined;
  }
  const axis = integerAttribute(node, "axis", 0);
  const [index] = axis === 1 || axis === -2 ? tensorNumbers(indices) : [];
  return index === 0 || index === -1 ? index : undefined;
}
