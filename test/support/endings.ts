import { makeNode } from "../../src/graph/node";
import type { GraphProto } from "../../src/graph/onnxSchema";

/** A graph whose logits go through an operator that gradients cannot pass. */
export function endingInSinh(graph: GraphProto): GraphProto {
  const nodes = graph.node.map((one) => ({ ...one, output: one.output.map((v) => (v === "logits" ? "v" : v)) }));
  return { ...graph, node: [...nodes, makeNode("Sinh", ["v"], ["logits"])] };
}
