import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import { attributeOf, integerAttribute, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";

/** Operators whose result has one type whatever goes in. */
const fixed: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    Shape: elementTypes.int64,
    Size: elementTypes.int64,
    NonZero: elementTypes.int64,
    ArgMax: elementTypes.int64,
    ArgMin: elementTypes.int64,
    Equal: elementTypes.bool,
    Less: elementTypes.bool,
    LessOrEqual: elementTypes.bool,
    Greater: elementTypes.bool,
    GreaterOrEqual: elementTypes.bool,
    And: elementTypes.bool,
    Or: elementTypes.bool,
    Xor: elementTypes.bool,
    Not: elementTypes.bool,
    IsNaN: elementTypes.bool,
    IsInf: elementTypes.bool,
    DynamicQuantizeLinear: elementTypes.uint8,
    MatMulInteger: elementTypes.int32,
  }),
);

/** Operators whose result has the type of another input than the first. */
const typedByInput: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ Where: 1, CastLike: 1, DequantizeLinear: 1, OneHot: 2 }),
);

/** The element type of every value it can be told for; values of unknown type are not in it. */
export function typesOf(graph: Graph): ReadonlyMap<string, number> {
  const types = new Map<string, number>();
  const note = (name: string | undefined, type: number | undefined) => {
    if (name && type && !types.has(name)) {
      types.set(name, type);
    }
  };
  for (const tensor of graph.initialisers.values()) {
    note(tensor.name, tensor.dataType);
  }
  for (const { name, type } of [...graph.inputs, ...graph.valueInfo.values(), ...graph.outputs]) {
    note(name, type?.tensorType?.elemType);
  }
  for (const node of graph.nodes) {
    const type = resultType(node, types);
    for (const output of operatorOf(node) === "Split" ? node.output : node.output.slice(0, 1)) {
      note(output, type);
    }
  }
  return types;
}

function resultType(node: NodeProto, types: ReadonlyMap<string, number>): number | undefined {
  const operator = operatorOf(node);
  switch (operator) {
    case "Cast":
      return integerAttribute(node, "to", undefined);
    case "Constant":
      return attributeOf(node, "value")?.t?.dataType;
    case "ConstantOfShape":
      return attributeOf(node, "value")?.t?.dataType ?? elementTypes.float32;
    case "QuantizeLinear":
      // Without a zero point to copy the type of, it is said by a setting, or 8 bits without sign.
      return node.input[2] ? types.get(node.input[2]) : integerAttribute(node, "output_dtype", 0) || elementTypes.uint8;
    case "If":
    case "Loop":
    case "Scan":
      return undefined;
  }
  return fixed.get(operator) ?? types.get(node.input[typedByInput.get(operator) ?? 0] ?? "");
}
