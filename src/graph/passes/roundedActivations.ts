import { type Graph, type Links, linksOf, longestSearch, newNames } from "../graph";
import { makeNode, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";

/** What moves elements without computing with them. */
const moving = new Set([
  "Reshape",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Slice",
  "Gather",
  "Expand",
  "Identity",
]);

/**
 * Takes out the rounding of activations in quantised files: DequantizeLinear(QuantizeLinear(x)) becomes x, also where elements are moved in
 * between and where the grid is chosen while the model runs (DynamicQuantizeLinear). Rounding is a staircase, flat nearly everywhere, so no
 * gradient would come through it. The result differs from the file's by the rounding of activations, and where they leave the range that
 * was calibrated. Weights are left alone: they are meant as they are rounded.
 */
export function roundedActivations(graph: Graph): Graph {
  if (!graph.nodes.some((node) => operatorOf(node) === "DequantizeLinear")) {
    return graph;
  }
  const links = linksOf(graph);
  const fresh = newNames(graph);
  const nodes = graph.nodes.flatMap((node) => {
    const found = operatorOf(node) === "DequantizeLinear" ? unrounded(node, graph, links) : undefined;
    if (!found) {
      return [node];
    }
    const moved: NodeProto[] = [];
    const value = found.moves.reduce((from, move) => {
      const name = fresh("unrounded");
      moved.push({ ...move, name, input: [from, ...move.input.slice(1)], output: [name] });
      return name;
    }, found.x);
    return [...moved, makeNode("Identity", [value], [node.output[0] ?? ""])];
  });
  return { ...graph, nodes };
}

/** The floats that were rounded, and how they are moved before they are read as floats again; `undefined` where they are weights or on another grid. */
function unrounded(node: NodeProto, graph: Graph, links: Links): { x: string; moves: NodeProto[] } | undefined {
  const moves: NodeProto[] = [];
  let from = links.producer(node.input[0] ?? "");
  while (from && moving.has(operatorOf(from)) && moves.length < longestSearch) {
    moves.unshift(from);
    from = links.producer(from.input[0] ?? "");
  }
  const grid = from && gridOf(from);
  const [x = ""] = from?.input ?? [];
  const isSame = grid?.every((name, index) => name === (node.input[index + 1] ?? ""));
  return isSame && !graph.initialisers.has(x) ? { x, moves } : undefined;
}

/** Scale and zero point that a node rounds by, `""` for a zero point that is not given. */
function gridOf(node: NodeProto): readonly string[] | undefined {
  switch (operatorOf(node)) {
    case "QuantizeLinear":
      return [node.input[1] ?? "", node.input[2] ?? ""];
    case "DynamicQuantizeLinear":
      return [node.output[1] ?? "", node.output[2] ?? ""];
  }
  return undefined;
}
