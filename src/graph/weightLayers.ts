import { traceAttention } from "./attention";
import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import { findHiddenStates } from "./hiddenStates";
import { valuesRead } from "./node";
import { elementCount } from "./tensor";

/**
 * The names of a model's weights (32-bit floats, more than one number) by where they are used, from the output down: after the last block, each block, embeddings. Weights that are
 * used in several places count where they are nearest to the output. Blocks are told apart by the residual stream or, where there is none, by the attention maps; a graph
 * with neither has one group.
 */
export function weightLayers(graph: Graph): string[][] {
  const maps = traceAttention(graph).filter(({ stream, kind }) => stream === "main" && kind === "self");
  const states = findHiddenStates(graph, maps).map(({ value }) => value);
  const bounds = new Map(
    (states.length > 0 ? states : maps.map(({ value }) => value)).map((value, at) => [value, at + 1]),
  );
  const levels = new Map<string, number>();
  const places = new Map<string, number>();
  for (const node of graph.nodes) {
    const read = valuesRead(node);
    const level = Math.max(0, ...read.map((value) => levels.get(value) ?? 0));
    for (const value of read) {
      if (graph.initialisers.has(value)) {
        places.set(value, Math.max(level, places.get(value) ?? 0));
      }
    }
    for (const output of node.output) {
      levels.set(output, Math.max(level, bounds.get(output) ?? 0));
    }
  }
  const groups = Array.from({ length: bounds.size + 1 }, (_, fromOutput) =>
    [...places].flatMap(([name, level]) => (bounds.size - level === fromOutput && isWeight(graph, name) ? [name] : [])),
  );
  return groups.filter((names) => names.length > 0);
}

function isWeight({ initialisers }: Graph, name: string): boolean {
  const tensor = initialisers.get(name);
  return tensor?.dataType === elementTypes.float32 && elementCount(tensor.dims) > 1;
}
