import { perGraph } from "./graph";
import { Shapes } from "./shapes/shapes";

/** The number of dimensions of every value it can be told for. */
export const ranksOf = perGraph(
  (graph): ReadonlyMap<string, number> =>
    new Map(Array.from(new Shapes(graph).all(), ([name, shape]) => [name, shape.length])),
);
