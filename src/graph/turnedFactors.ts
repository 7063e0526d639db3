import { elementTypes } from "./elementType";
import { type Graph, type Links, linksOf, longestSearch } from "./graph";
import { attributeOf, makeNode, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { prune } from "./passes/prune";

/**
 * The graph with products that read a weight as it lies, in place of a turned copy: checkpoints keep weights as [outputs, inputs]. The runtime would turn such a weight when it loads the model and hold the copy beside the packed one, while its own product packs
 * it turned.
 */
export function turnedFactors(graph: Graph): Graph {
  const links = linksOf(graph);
  let isChanged = false;
  const nodes = graph.nodes.map((node) => {
    const [left = "", right = ""] = node.input;
    const found = operatorOf(node) === "MatMul" ? weightBehind(right, graph, links) : undefined;
    if (!found || found.name === right) {
      return node;
    }
    isChanged = true;
    const input = [left, found.name];
    return found.isTurned
      ? makeNode("com.microsoft.FusedMatMul", input, node.output, { transB: 1 })
      : makeNode("MatMul", input, node.output);
  });
  return isChanged ? prune({ ...graph, nodes }) : graph;
}

interface TurnedWeight {
  readonly name: string;
  readonly isTurned: boolean;
}

/** The matrix of 32-bit floats that a value is made of by nothing but turning. */
function weightBehind(value: string, graph: Graph, links: Links): TurnedWeight | undefined {
  let [name, isTurned] = [value, false];
  for (let steps = 0; steps < longestSearch; steps++) {
    const node = links.producer(name);
    if (!node) {
      const weight = graph.initialisers.get(name);
      const isMatrix = weight?.dims.length === 2 && weight.dataType === elementTypes.float32;
      return isMatrix ? { name, isTurned } : undefined;
    }
    if (!turnsMatrix(node)) {
      return undefined;
    }
    [name, isTurned] = [node.input[0] ?? "", !isTurned];
  }
  return undefined;
}

/** Whether a node exchanges the two axes of a matrix; of anything else with two axes it would have to be told otherwise. */
function turnsMatrix(node: NodeProto): boolean {
  const order = attributeOf(node, "perm")?.ints;
  return operatorOf(node) === "Transpose" && (order === undefined || order.map(Number).join() === "1,0");
}
