import type { Graph } from "../graph";
import { valuesRead } from "../node";

/** Drops nodes and weights that no output needs. Inputs stay, because whoever runs the model feeds them by name. */
export function prune(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.name ?? ""));
  const nodes = graph.nodes.toReversed().filter((node) => {
    const keep = node.output.some((output) => needed.has(output));
    if (keep) {
      for (const value of valuesRead(node)) {
        needed.add(value);
      }
    }
    return keep;
  });
  return {
    ...graph,
    nodes: nodes.reverse(),
    initialisers: new Map([...graph.initialisers].filter(([name]) => needed.has(name))),
  };
}
