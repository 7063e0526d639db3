import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { integerAttribute, makeNode, operatorOf } from "../node";
import type { TensorProto } from "../onnxSchema";
import { floatTensor, tensorNumbers } from "../tensor";
import { Writer } from "./writer";

/**
 * Stores tables the other way round where Gather picks rows of a transposed constant, so that a word-embedding table is one: tools write this
 * where a model reads words from the weights of its output. The runtime would turn them on loading. Readers other than Gather keep the Transpose.
 */
export function turnedTables(graph: Graph): Graph {
  const turned = new Map<string, TensorProto>();
  for (const node of graph.nodes) {
    const tensor = operatorOf(node) === "Transpose" ? graph.initialisers.get(node.input[0] ?? "") : undefined;
    const order = node.attribute.find(({ name }) => name === "perm")?.ints.join() ?? "1,0";
    if (tensor?.dims.length === 2 && tensor.dataType === elementTypes.float32 && order === "1,0") {
      turned.set(node.output[0] ?? "", tensor);
    }
  }
  const writer = new Writer({ ...graph, nodes: [] });
  const tables = new Map<TensorProto, string>();
  const nodes = graph.nodes.map((node) => {
    const [table = "", ...rest] = node.input;
    const tensor = turned.get(table);
    if (!tensor || operatorOf(node) !== "Gather" || integerAttribute(node, "axis", 0) !== 0) {
      return node;
    }
    const name = tables.get(tensor) ?? writer.constant(transposed(tensor));
    tables.set(tensor, name);
    return makeNode("Gather", [name, ...rest], node.output, { axis: 0 });
  });
  return tables.size === 0 ? graph : { ...graph, nodes, initialisers: writer.initialisers };
}

function transposed(tensor: TensorProto): TensorProto {
  const [rows = 0, columns = 0] = tensor.dims;
  const numbers = tensorNumbers(tensor);
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = numbers[row * columns + column] ?? 0;
    }
  }
  return floatTensor("", [columns, rows], result);
}
