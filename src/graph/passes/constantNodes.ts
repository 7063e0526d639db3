import type { Graph } from "../graph";
import { operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { floatTensor, integerTensor } from "../tensor";

/** Turns Constant nodes into initialisers, so that later passes find every constant in one place. Text constants stay nodes. */
export function constantNodes(graph: Graph): Graph {
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.filter((node) => {
    const tensor = operatorOf(node) === "Constant" ? constantOf(node) : undefined;
    if (tensor) {
      initialisers.set(tensor.name ?? "", tensor);
    }
    return !tensor;
  });
  return { ...graph, nodes, initialisers };
}

function constantOf(node: NodeProto): TensorProto | undefined {
  const name = node.output[0] ?? "";
  const setting = node.attribute[0];
  switch (setting?.name) {
    case "value":
      return setting.t && { ...setting.t, name };
    case "value_float":
      return floatTensor(name, [], Float32Array.of(setting.f ?? 0));
    case "value_floats":
      return floatTensor(name, [setting.floats.length], Float32Array.from(setting.floats));
    case "value_int":
      return integerTensor(name, [], [setting.i ?? 0n]);
    case "value_ints":
      return integerTensor(name, [setting.ints.length], setting.ints);
    default:
      return undefined;
  }
}
