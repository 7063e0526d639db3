import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { makeNode, operatorOf } from "../node";
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from "../onnxSchema";
import { elementCount, isExternal, makeTensor, tensorNumbers } from "../tensor";
import { typesOf } from "../types";
import { widened } from "../widened";

const { float16, bfloat16, float32, uint16 } = elementTypes;
const sixteenBit = new Set<number | undefined>([float16, bfloat16]);

/** What a file may hold after weights were made larger: one message of the format ends at 2 GB. */
export const mostWeightBytes = 1.9e9;

/**
 * Makes 16-bit floats (float16 and bfloat16) 32-bit floats throughout: weights, constants, casts, inputs and outputs. Files mix both types,
 * so every place that names one is changed. Stays as it is if the weights would no longer fit into one file.
 */
export function fullPrecision(graph: Graph): Graph {
  if (!usesSixteenBit(graph) || graph.model.functions.length > 0) {
    return graph;
  }
  const bytes = [...graph.initialisers.values()].reduce((sum, tensor) => {
    return sum + (sixteenBit.has(tensor.dataType) ? 4 * elementCount(tensor.dims) : (tensor.rawData?.length ?? 0));
  }, 0);
  if (bytes > mostWeightBytes) {
    return graph;
  }
  const types = typesOf(graph);
  const nodes = graph.nodes.map((node) => {
    const between = operatorOf(node) === "Cast" && types.get(node.input[0] ?? "");
    const { i } = node.attribute.find(({ name }) => name === "to") ?? {};
    const to = Number(i ?? 0n);
    const isFloat = (type: number) => type === float32 || sixteenBit.has(type);
    // Casts between floats were the borders of blocks of other precision.
    return between && isFloat(between) && isFloat(to)
      ? makeNode("Identity", [node.input[0] ?? ""], [node.output[0] ?? ""])
      : widenedNode(node);
  });
  return {
    ...graph,
    nodes,
    initialisers: new Map([...graph.initialisers].map(([name, tensor]) => [name, widenedTensor(tensor)])),
    inputs: graph.inputs.map(widenedValue),
    outputs: graph.outputs.map(widenedValue),
    // Types of sequences are not looked into, so those are left out.
    valueInfo: new Map(
      [...graph.valueInfo]
        .filter(([, info]) => info.type?.tensorType)
        .map(([name, info]) => [name, widenedValue(info)]),
    ),
  };
}

/** Whether 16-bit floats occur anywhere in a graph. */
export function usesSixteenBit(graph: Graph): boolean {
  const inValue = ({ type }: ValueInfoProto) => sixteenBit.has(type?.tensorType?.elemType);
  const inNode = (node: NodeProto): boolean => node.attribute.some((attribute) => inAttribute(node, attribute));
  const inAttribute = (node: NodeProto, attribute: AttributeProto): boolean =>
    sixteenBit.has(attribute.t?.dataType) ||
    namesSixteenBit(node, attribute) ||
    [...(attribute.g ? [attribute.g] : []), ...attribute.graphs].some(
      (inner) =>
        inner.node.some(inNode) ||
        inner.initializer.some(({ dataType }) => sixteenBit.has(dataType)) ||
        [...inner.input, ...inner.output].some(inValue),
    );
  return (
    [...graph.initialisers.values()].some(({ dataType }) => sixteenBit.has(dataType)) ||
    [...graph.inputs, ...graph.outputs].some(inValue) ||
    graph.nodes.some(inNode)
  );
}

/** Settings whose number is an element type, whatever the operator. */
const typeSettings = new Set(["to", "dtype", "output_dtype", "output_datatype", "softmax_precision", "stash_type"]);
const typeless = new Set(["com.microsoft.QAttention"]);

function namesSixteenBit(node: NodeProto, { name = "", i }: AttributeProto): boolean {
  return typeSettings.has(name) && !typeless.has(operatorOf(node)) && sixteenBit.has(Number(i ?? 0n));
}

function widenedNode(node: NodeProto): NodeProto {
  const inner = (graph: GraphProto): GraphProto => ({
    ...graph,
    node: graph.node.map(widenedNode),
    initializer: graph.initializer.map(widenedTensor),
    input: graph.input.map(widenedValue),
    output: graph.output.map(widenedValue),
    valueInfo: graph.valueInfo.filter((info) => info.type?.tensorType).map(widenedValue),
  });
  return {
    ...node,
    attribute: node.attribute.map((attribute) => ({
      ...attribute,
      ...(namesSixteenBit(node, attribute) ? { i: BigInt(float32) } : {}),
      ...(attribute.t ? { t: widenedTensor(attribute.t) } : {}),
      ...(attribute.g ? { g: inner(attribute.g) } : {}),
      graphs: attribute.graphs.map(inner),
    })),
  };
}

function widenedValue(info: ValueInfoProto): ValueInfoProto {
  const tensorType = info.type?.tensorType;
  return tensorType && sixteenBit.has(tensorType.elemType)
    ? { ...info, type: { ...info.type, tensorType: { ...tensorType, elemType: float32 } } }
    : info;
}

/** Large weights stay where they are, as 16-bit floats, until they are looked at. */
function widenedTensor(tensor: TensorProto): TensorProto {
  const { name = "", dims, dataType, rawData } = tensor;
  if ((dataType !== float16 && dataType !== bfloat16) || isExternal(tensor)) {
    return tensor;
  }
  // Both types are stored as the unsigned number with the same bits.
  const bytes = rawData ?? new Uint8Array(Uint16Array.from(tensorNumbers({ ...tensor, dataType: uint16 })).buffer);
  return makeTensor(name, float32, dims, widened(bytes, dataType));
}
