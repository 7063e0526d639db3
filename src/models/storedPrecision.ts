import { closeSync } from "node:fs";
import type { Precision } from "../common/model";
import { type OpenFile, openPlain } from "./plainFile";
import { type Field, ProtobufWindow } from "./protobufWindow";

/** Numbers of the fields in onnx.proto3 that are read. */
const fields = {
  model: { graph: 7 },
  graph: { node: 1, initializer: 5 },
  node: { operator: 4, attribute: 5 },
  attribute: { name: 1, integer: 3 },
  tensor: { dimensions: 1, type: 2 },
} as const;

/** The element types of weights, by their numbers in onnx.proto3. */
const types: ReadonlyMap<number, Precision> = new Map([
  [1, "fp32"],
  [2, "uint8"],
  [3, "int8"],
  [10, "fp16"],
  [16, "bf16"],
  [21, "q4"],
  [22, "q4"],
]);

/**
 * In what numbers most weights of an `.onnx` file are stored, told by the types in the file without reading the weights; `null` where that cannot be told, as of a damaged file.
 * `path` is without symbolic links.
 */
export function storedPrecision(path: string): Precision | null {
  let file: OpenFile | undefined;
  try {
    file = openPlain(path);
    return precisionOf(new ProtobufWindow(file));
  } catch {
    return null;
  } finally {
    if (file) {
      closeSync(file.descriptor);
    }
  }
}

function precisionOf(bytes: ProtobufWindow): Precision | null {
  const counts = new Map<Precision, number>();
  let packed: Precision | null = null;
  for (const graph of bytes.fields(0, bytes.length)) {
    if (graph.number !== fields.model.graph) {
      continue;
    }
    for (const part of bytes.fields(graph.start, graph.end)) {
      if (part.number === fields.graph.initializer) {
        const { type, elements } = tensorOf(bytes, part);
        const precision = types.get(type);
        if (precision) {
          counts.set(precision, (counts.get(precision) ?? 0) + elements);
        }
      } else if (part.number === fields.graph.node) {
        packed ??= packedIn(bytes, part);
      }
    }
  }
  if (packed === "q4") {
    return (counts.get("fp16") ?? 0) > (counts.get("fp32") ?? 0) ? "q4f16" : "q4";
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return packed ?? most?.[0] ?? null;
}

/** What an operator that unpacks its weights itself says of them; `null` of others. */
function packedIn(bytes: ProtobufWindow, node: Field): Precision | null {
  let operator = "";
  let bits = 4;
  for (const field of bytes.fields(node.start, node.end)) {
    if (field.number === fields.node.operator) {
      operator = bytes.text(field);
    } else if (field.number === fields.node.attribute) {
      const parts = [...bytes.fields(field.start, field.end)];
      const name = parts.find(({ number }) => number === fields.attribute.name);
      if (name && bytes.text(name) === "bits") {
        bits = parts.find(({ number }) => number === fields.attribute.integer)?.value ?? bits;
      }
    }
  }
  if (operator === "MatMulBnb4") {
    return "bnb4";
  }
  return operator === "MatMulNBits" ? (bits === 8 ? "int8" : "q4") : null;
}

function tensorOf(bytes: ProtobufWindow, tensor: Field): { readonly type: number; readonly elements: number } {
  let type = 0;
  let elements = 1;
  for (const field of bytes.fields(tensor.start, tensor.end)) {
    if (field.number === fields.tensor.type) {
      type = field.value;
    } else if (field.number === fields.tensor.dimensions) {
      elements *= field.packed ? bytes.varints(field).reduce((product, size) => product * size, 1) : field.value;
    }
  }
  return { type, elements };
}
