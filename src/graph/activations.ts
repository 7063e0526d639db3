import type { Graph, Links } from "./graph";
import { operatorOf, valuesRead } from "./node";

/** Which values depend on what is fed, other than through shapes: they hold the signal, everything else is weights and bookkeeping. */
export function activationsOf(graph: Graph): ReadonlySet<string> {
  const activations = new Set(graph.inputs.map((input) => input.name ?? ""));
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    if (operator !== "Shape" && operator !== "Size" && valuesRead(node).some((value) => activations.has(value))) {
      for (const output of node.output) {
        activations.add(output);
      }
    }
  }
  return activations;
}

/** All activations that the given ones are computed from, themselves included. */
export function ancestors(values: readonly string[], activations: ReadonlySet<string>, links: Links): Set<string> {
  const seen = new Set(values);
  const pending = [...seen];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const node = links.producer(value);
    for (const input of node ? valuesRead(node) : []) {
      if (activations.has(input) && !seen.has(input)) {
        seen.add(input);
        pending.push(input);
      }
    }
  }
  return seen;
}
