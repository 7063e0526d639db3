import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { innerGraphs } from "../node";
import { shapesOf } from "../shapes/shapes";
import { integerTensor } from "../tensor";
import { typesOf } from "../types";

/**
 * Makes constants of the whole numbers that follow from constants and fixed sizes: the chains of Shape, Gather, Cast, Mul and Concat that exporters
 * write before a Reshape, as far as no size of a text is in them.
 */
export function knownIntegers(graph: Graph): Graph {
  const shapes = shapesOf(graph);
  const types = typesOf(graph);
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.filter((node) => {
    const [name = ""] = node.output;
    const dims = shapes.of(name);
    const values = shapes.valueOf(name)?.filter((value) => Number.isSafeInteger(value));
    const complete = values !== undefined && values.length === shapes.valueOf(name)?.length;
    const fits = dims?.length === 0 ? values?.length === 1 : dims?.length === 1 && dims[0] === values?.length;
    const plain = node.output.length === 1 && innerGraphs(node).length === 0 && !wanted.has(name);
    if (!complete || !fits || !plain || types.get(name) !== elementTypes.int64) {
      return true;
    }
    initialisers.set(name, integerTensor(name, dims?.length === 0 ? [] : [values.length], values.map(BigInt)));
    return false;
  });
  return nodes.length < graph.nodes.length ? { ...graph, nodes, initialisers } : graph;
}
