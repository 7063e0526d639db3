import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import { makeNode, renameRead } from "./node";
import type { ValueInfoProto } from "./onnxSchema";
import { typesOf } from "./types";

/** A graph that also returns some of its inner values as 32-bit floats, each under a new name. */
export function expose(graph: Graph, wanted: ReadonlyMap<string, string>): Graph {
  const types = typesOf(graph);
  const taken = new Set([...graph.outputs, ...graph.inputs].map(({ name }) => name));
  const renamed = new Map<string, string>();
  const added = [];
  for (const [value, name] of wanted) {
    const type = types.get(value);
    if (type !== undefined && type !== elementTypes.float32) {
      added.push(makeNode("Cast", [value], [name], { to: elementTypes.float32 }));
    } else if (taken.has(value)) {
      added.push(makeNode("Identity", [value], [name]));
    } else {
      // A new name costs nothing at run time, a copy would.
      renamed.set(value, name);
    }
  }
  const nodes = graph.nodes.map((node) => {
    const read = renameRead(node, renamed);
    return node.output.some((output) => renamed.has(output))
      ? { ...read, output: node.output.map((output) => renamed.get(output) ?? output) }
      : read;
  });
  const outputs = [...wanted.values()].map(
    (name): ValueInfoProto => ({ name, type: { tensorType: { elemType: elementTypes.float32 } } }),
  );
  return { ...graph, nodes: [...nodes, ...added], outputs: [...graph.outputs, ...outputs] };
}
