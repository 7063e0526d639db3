import { elementTypes } from "./elementType";
import { NewGraph } from "./newGraph";
import { type WrittenModel, written } from "./written";

/** Whether what tokens bring goes through the linear part of a normalisation. */
export type DistanceKind = "normalised" | "plain";

/** What the graph of {@link makeDistances} is fed, and what it gives. */
export const distanceNames = {
  vectors: "vectors",
  weights: "weights",
  own: "own",
  scale: "scale",
  shares: "shares",
  left: "left",
  distances: "distances",
} as const;

/**
 * How far what tokens j bring is from what is left of tokens i: ‖y_i − T_i(x_j)‖₁ (Ferrando, Gállego and Costa-jussà 2022, equations 9 and 10), float32 [keys, queries], of value vectors
 * [heads, keys, size], the output projection [heads, size, width], the keys' own states [keys, 1, width], y [queries, width], and the shares in which the vectors of the heads and, last, the own state
 * come to y: [keys, queries, heads + 1].
 */
export function makeDistances(kind: DistanceKind): WrittenModel {
  const graph = new NewGraph();
  const input = (name: string, ...axes: readonly (string | number)[]) => graph.input(name, axes, elementTypes.float32);
  const vectors = input(distanceNames.vectors, "heads", "keys", "size");
  const weights = input(distanceNames.weights, "heads", "size", "width");
  const own = input(distanceNames.own, "keys", 1, "width");
  const shares = input(distanceNames.shares, "keys", "queries", "parts");
  const left = input(distanceNames.left, "queries", "width");
  const projected = graph.add("Transpose", [graph.add("MatMul", [vectors, weights])], { perm: [1, 0, 2] });
  let parts = graph.add("Concat", [projected, own], { axis: 1 });
  if (kind === "normalised") {
    const centred = graph.add("Sub", [parts, graph.reduce("ReduceMean", parts, -1, 1)]);
    parts = graph.add("Mul", [centred, input(distanceNames.scale, "width")]);
  }
  const missing = graph.add("Sub", [left, graph.add("MatMul", [shares, parts])]);
  const distances = graph.reduce("ReduceSum", graph.add("Abs", [missing]), -1, 0);
  graph.output(distanceNames.distances, distances, ["keys", "queries"]);
  return written(graph.graph());
}
