import type { Graph } from "./graph";
import { Shapes } from "./shapes/shapes";

/** The number of dimensions of every value it can be told for. */
export function ranksOf(graph: Graph): ReadonlyMap<string, number> {
  return new Map(Array.from(new Shapes(graph).all(), ([name, shape]) => [name, shape.length]));
}
