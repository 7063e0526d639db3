import { type Graph, linksOf } from "../graph";
import { makeNode, operatorOf } from "../node";

/**
 * Takes out the rounding of activations in statically quantised files: DequantizeLinear(QuantizeLinear(x)) becomes x. Rounding is a staircase,
 * flat nearly everywhere, so no gradient would come through it. The result differs from the file's by the rounding of activations, and where
 * they leave the range that was calibrated. Weights are left alone: they are meant as they are rounded.
 */
export function roundedActivations(graph: Graph): Graph {
  const links = linksOf(graph);
  const nodes = graph.nodes.map((node) => {
    const rounding = operatorOf(node) === "DequantizeLinear" ? links.producer(node.input[0] ?? "") : undefined;
    const [x = "", ...grid] = rounding?.input ?? [];
    const sameGrid = grid.every((name, index) => name === node.input[index + 1]);
    return rounding && operatorOf(rounding) === "QuantizeLinear" && sameGrid && !graph.initialisers.has(x)
      ? makeNode("Identity", [x], [node.output[0] ?? ""])
      : node;
  });
  return { ...graph, nodes };
}
