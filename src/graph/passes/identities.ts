import type { Graph } from "../graph";
import { makeNode, operatorOf, renameRead } from "../node";
import type { NodeProto } from "../onnxSchema";

/**
 * Removes Identity, Concat of a single value and Dropout: readers get the value itself. Dropout goes even where the file has it switched on, as exports from train mode
 * do; the runtime ignores it at its usual optimisation level, but not where its result is looked at.
 */
export function identities(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const source = new Map<string, string>();
  const nodes: NodeProto[] = [];
  for (const node of graph.nodes) {
    const [from, to, mask] = [node.input[0], node.output[0], node.output[1]];
    if (!handsOn(node) || !from || !to || mask) {
      nodes.push(node);
    } else if (outputs.has(to)) {
      nodes.push(makeNode("Identity", [from], [to]));
    } else {
      // Topological order: the source of an Identity of an Identity is already resolved.
      source.set(to, source.get(from) ?? from);
    }
  }
  return { ...graph, nodes: source.size === 0 ? nodes : nodes.map((node) => renameRead(node, source)) };
}

function handsOn(node: NodeProto): boolean {
  const operator = operatorOf(node);
  return operator === "Identity" || operator === "Dropout" || (operator === "Concat" && node.input.length === 1);
}
