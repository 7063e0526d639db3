import { dequantiser } from "../dequantised";
import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { elementCount, makeTensor, tensorNumbers } from "../tensor";
import { DecodedWeights } from "./decodedWeights";

/**
 * Turns com.microsoft.GatherBlockQuantized into Gather from a table of floats: 4 or 8 bits, one scale for each block of a row, zero points stored,
 * or 0, or in the middle of the range. Tables with other blocks stay.
 */
export function blockLookups(graph: Graph): Graph {
  const toFloats = dequantiser();
  const decodedWeights = new DecodedWeights(graph);
  const nodes = graph.nodes.map((node) => {
    const table = operatorOf(node) === "com.microsoft.GatherBlockQuantized" ? tableOf(node, graph) : undefined;
    if (!table) {
      return node;
    }
    const [data = "", indices = "", ...grid] = node.input;
    const name = decodedWeights.named(data, [...grid, table.block], table.x.dims, (fresh) => toFloats(fresh, table));
    return name === undefined ? node : makeNode("Gather", [name, indices], [node.output[0] ?? ""], { axis: 0 });
  });
  return { ...graph, nodes, initialisers: decodedWeights.initialisers };
}

function tableOf(node: NodeProto, graph: Graph) {
  const [data, , scale, zero] = node.input.map((name) => graph.initialisers.get(name));
  const bits = integerAttribute(node, "bits", 4);
  const block = integerAttribute(node, "block_size", 128);
  const packed = data?.dataType === elementTypes.uint8;
  const rank = data?.dims.length ?? 0;
  const axis = integerAttribute(node, "quantize_axis", 1);
  const gathered = integerAttribute(node, "gather_axis", 0);
  const zeroMissing = (node.input[3] ?? "") !== "" && !zero;
  const plain = rank === 2 && (axis === 1 || axis === -1) && (gathered === 0 || gathered === -rank) && block >= 16;
  if (!data || !scale || zeroMissing || !plain || (packed && bits !== 4 && bits !== 8)) {
    return undefined;
  }
  const x = packed && bits === 4 ? unpacked(data) : data;
  const blocks = Math.ceil((x.dims[1] ?? 0) / block);
  if (scale.dims.join() !== [x.dims[0], blocks].join()) {
    return undefined;
  }
  return {
    x,
    scale,
    zero: zero ? zerosOf(zero, blocks, packed ? bits : 8) : middle(scale, packed, bits),
    axis: 1,
    block,
  };
}

/** The same bytes as a table of half bytes, two to each. */
function unpacked(data: TensorProto): TensorProto {
  const [rows = 0, bytes = 0] = data.dims;
  const raw = data.rawData ?? Uint8Array.from(tensorNumbers(data));
  return makeTensor(data.name ?? "", elementTypes.uint4, [rows, 2 * bytes], raw);
}

/** Zero points one to a byte; packed ones fill whole bytes row by row. */
function zerosOf(zero: TensorProto, blocks: number, bits: number): TensorProto {
  if (zero.dataType !== elementTypes.uint8 || bits === 8) {
    return zero;
  }
  const bytes = tensorNumbers(zero);
  const rows = zero.dims[0] ?? 0;
  const rowBytes = Math.ceil(blocks / 2);
  const values = Uint8Array.from({ length: rows * blocks }, (_, i) => {
    const [row, block] = [Math.floor(i / blocks), i % blocks];
    return ((bytes[row * rowBytes + (block >> 1)] ?? 0) >> (4 * (block & 1))) & 15;
  });
  return makeTensor(zero.name ?? "", elementTypes.uint8, [rows, blocks], values);
}

function middle(scale: TensorProto, packed: boolean, bits: number): TensorProto | undefined {
  const values = new Uint8Array(elementCount(scale.dims)).fill(2 ** (bits - 1));
  return packed ? makeTensor("", elementTypes.uint8, scale.dims, values) : undefined;
}
