import { dequantiser, type QuantisedWeight } from "../dequantised";
import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";

/**
 * Computes DequantizeLinear of constant weights once: the runtime left to itself does it on every run. Scales that are not 32-bit
 * floats are left alone.
 */
export function dequantise(graph: Graph): Graph {
  const initialisers = new Map(graph.initialisers);
  const toFloats = dequantiser();
  const nodes = graph.nodes.filter((node) => {
    const weight = operatorOf(node) === "DequantizeLinear" ? weightOf(node, graph) : undefined;
    const weights = weight && toFloats(node.output[0] ?? "", weight);
    if (weights) {
      initialisers.set(weights.name ?? "", weights);
    }
    return !weights;
  });
  return { ...graph, nodes, initialisers };
}

function weightOf(node: NodeProto, graph: Graph): QuantisedWeight | undefined {
  const [x, scale, zero] = node.input.map((name) => graph.initialisers.get(name));
  const zeroMissing = (node.input[2] ?? "") !== "" && !zero;
  const outputType = integerAttribute(node, "output_dtype", 0) || elementTypes.float32;
  if (!x || !scale || zeroMissing || outputType !== elementTypes.float32) {
    return undefined;
  }
  const axis = integerAttribute(node, "axis", 1);
  const block = integerAttribute(node, "block_size", 0);
  return { x, scale, zero, axis, block };
}
