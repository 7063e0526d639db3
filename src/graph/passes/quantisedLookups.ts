import { dequantiser } from "../dequantised";
import { type Graph, linksOf, newNames } from "../graph";
import { integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";

/** Turns DequantizeLinear(Gather(table, i)) into Gather(dequantised table, i), so that an embedding table is a table of floats. */
export function quantisedLookups(graph: Graph): Graph {
  const links = linksOf(graph);
  const fresh = newNames(graph);
  const toFloats = dequantiser();
  const initialisers = new Map(graph.initialisers);
  const tables = new Map<string, string>();
  const tableOf = (gather: NodeProto, node: NodeProto): string | undefined => {
    const parts = [gather.input[0] ?? "", node.input[1] ?? "", node.input[2] ?? ""];
    const key = parts.join("\n");
    const [x, scale, zero] = parts.map((name) => graph.initialisers.get(name));
    if (!tables.has(key) && x && scale && oneNumber(scale) && (parts[2] === "" || zero)) {
      const table = toFloats(fresh(parts[0] ?? ""), { x, scale, zero, axis: 0, block: 0 });
      if (table?.name) {
        tables.set(key, table.name);
        initialisers.set(table.name, table);
      }
    }
    return tables.get(key);
  };
  const nodes = graph.nodes.map((node) => {
    const gather = links.producer(node.input[0] ?? "");
    if (operatorOf(node) !== "DequantizeLinear" || !gather || operatorOf(gather) !== "Gather") {
      return node;
    }
    const table = tableOf(gather, node);
    const axis = integerAttribute(gather, "axis", 0);
    return table ? makeNode("Gather", [table, gather.input[1] ?? ""], [node.output[0] ?? ""], { axis }) : node;
  });
  return { ...graph, nodes, initialisers };
}

function oneNumber({ dims }: TensorProto): boolean {
  return dims.every((dim) => dim === 1);
}
