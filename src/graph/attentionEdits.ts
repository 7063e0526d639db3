import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import { renameRead } from "./node";
import type { ValueInfoProto } from "./onnxSchema";
import { prune } from "./passes/prune";
import { dimension } from "./shapes/dims";
import { shapesOf } from "./shapes/shapes";
import { typesOf } from "./types";

/** Four axes of any size. */
const fourAxes = { dim: [{}, {}, {}, {}] };

/**
 * A graph that is fed some of its values under new names instead of computing them, for example attention maps, to permute them. `inputs` names for each value the new
 * input, of the same shape; what only led to the value is no longer computed. A value that is an input already stays one.
 */
export function feedValues(graph: Graph, inputs: ReadonlyMap<string, string>): Graph {
  const types = typesOf(graph);
  const shapes = shapesOf(graph);
  const fed: ValueInfoProto[] = [];
  const valueInfo = new Map(graph.valueInfo);
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.map((node) => {
    const read = renameRead(node, renamed);
    for (const value of node.output) {
      const name = inputs.get(value);
      if (name !== undefined) {
        const shape = shapes.of(value);
        const elemType = types.get(value) ?? elementTypes.float32;
        const tensorType = { elemType, ...(shape ? { shape: { dim: shape.map(dimension) } } : {}) };
        renamed.set(value, name);
        valueInfo.set(name, { name, type: { tensorType: { shape: fourAxes, ...tensorType } } });
        fed.push({ name, type: { tensorType } });
      }
    }
    return read;
  });
  return prune({ ...graph, nodes, valueInfo, inputs: [...graph.inputs, ...fed] });
}
