import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { attributeOf, integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { floatTensor, tensorNumbers } from "../tensor";
import { DecodedWeights } from "./decodedWeights";

/**
 * Turns com.microsoft.MatMulNBits into a product with dequantised weights: 2, 4 or 8 bits, one scale for each block of a column, zero points stored
 * as integers or floats, or in the middle of the range. Columns in another order (`g_idx`) stay.
 */
export function matMulNBits(graph: Graph): Graph {
  const decodedWeights = new DecodedWeights(graph);
  const nodes = graph.nodes.flatMap((node) => {
    const blocks = operatorOf(node) === "com.microsoft.MatMulNBits" ? blocksOf(node, graph) : undefined;
    const [x = "", b = "", scales = "", zeros = ""] = node.input;
    const [y = ""] = node.output;
    if (!blocks) {
      return [node];
    }
    const dims = [blocks.rows, blocks.columns];
    const name = decodedWeights.named(b, [scales, zeros, ...dims, blocks.size], dims, (fresh) =>
      floatTensor(fresh, dims, dequantised(blocks)),
    );
    if (name === undefined) {
      return [node];
    }
    const bias = node.input[5] ?? "";
    if (bias === "") {
      return [makeNode("MatMul", [x, name], [y])];
    }
    const product = decodedWeights.fresh(`${y}~product`);
    return [makeNode("MatMul", [x, name], [product]), makeNode("Add", [product, bias], [y])];
  });
  return { ...graph, nodes, initialisers: decodedWeights.initialisers };
}

interface Blocks {
  /** K: numbers a column has. */
  readonly rows: number;
  /** N. */
  readonly columns: number;
  readonly bits: number;
  /** Numbers in a block. */
  readonly size: number;
  readonly weights: TensorProto;
  readonly scales: TensorProto;
  readonly zeros: TensorProto | undefined;
}

function blocksOf(node: NodeProto, graph: Graph): Blocks | undefined {
  const [, weights, scales, zeros] = node.input.map((name) => graph.initialisers.get(name));
  const rows = integerAttribute(node, "K", 0);
  const columns = integerAttribute(node, "N", 0);
  const bits = integerAttribute(node, "bits", 4);
  const size = integerAttribute(node, "block_size", 0);
  const blocks = Math.ceil(rows / size);
  const known = [2, 4, 8].includes(bits) && size >= 16 && rows > 0 && columns > 0;
  const reordered = (node.input[4] ?? "") !== "";
  const zerosMissing = (node.input[3] ?? "") !== "" && !zeros;
  if (!known || reordered || zerosMissing || !weights || !scales || attributeOf(node, "weight_prepacked")?.i) {
    return undefined;
  }
  const fits =
    weights.dataType === elementTypes.uint8 &&
    scales.dataType === elementTypes.float32 &&
    elements(weights) === (columns * blocks * size * bits) / 8 &&
    elements(scales) === columns * blocks &&
    (!zeros || fitting(zeros, columns, blocks, bits));
  return fits ? { rows, columns, bits, size, weights, scales, zeros } : undefined;
}

/** Zero points are integers, each column in whole bytes, or floats. */
function fitting(zeros: TensorProto, columns: number, blocks: number, bits: number): boolean {
  switch (zeros.dataType) {
    case elementTypes.uint8:
      return elements(zeros) === columns * Math.ceil((blocks * bits) / 8);
    case elementTypes.float32:
      return elements(zeros) === columns * blocks;
  }
  return false;
}

function elements({ dims }: TensorProto): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** W[k, n] = (q − zero point) · scale of the block of (n, k); numbers of fewer bits share a byte, the first in the lowest bits. */
function dequantised({ rows, columns, bits, size, weights, scales, zeros }: Blocks): Float32Array {
  const q = tensorNumbers(weights);
  const s = tensorNumbers(scales);
  const z = zeros && tensorNumbers(zeros);
  const blocks = Math.ceil(rows / size);
  const zeroRow = Math.ceil((blocks * bits) / 8);
  const floats = zeros?.dataType === elementTypes.float32;
  const [perByte, mask] = [8 / bits, 2 ** bits - 1];
  const shift = Math.log2(perByte);
  const part = (packed: ArrayLike<number>, start: number, i: number) =>
    ((packed[start + (i >> shift)] as number) >> (bits * (i & (perByte - 1)))) & mask;
  const result = new Float32Array(rows * columns);
  for (let n = 0; n < columns; n++) {
    for (let block = 0; block < blocks; block++) {
      const which = n * blocks + block;
      const scale = s[which] as number;
      const stored = z && (floats ? (z[which] as number) : part(z, n * zeroRow, block));
      const zero = stored ?? 2 ** (bits - 1);
      const start = (which * size * bits) / 8;
      const end = Math.min(size, rows - block * size);
      for (let i = 0; i < end; i++) {
        result[(block * size + i) * columns + n] = (part(q, start, i) - zero) * scale;
      }
    }
  }
  return result;
}
