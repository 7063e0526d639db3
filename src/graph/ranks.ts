import type { Graph } from "./graph";
import { shapesOf } from "./shapes/shapes";

/** The number of dimensions of every value it can be told for. */
export function ranksOf(graph: Graph): ReadonlyMap<string, number> {
  return new Map(Array.from(shapesOf(graph).all(), ([name, shape]) => [name, shape.length]));
}
