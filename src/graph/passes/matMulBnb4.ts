import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { elementCount, floatTensor, tensorNumbers } from "../tensor";
import { DecodedWeights } from "./decodedWeights";

/** What the sixteen codes stand for, times the largest number of the block: floats of 4 bits, and quantiles of a normal distribution. */
const positive = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4];
const codes: readonly (readonly number[])[] = [
  [...positive, ...positive.map((value) => -value)],
  [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ],
];

/** Turns com.microsoft.MatMulBnb4, weights as codes of 4 bits (Dettmers et al., QLoRA, 2023, appendix E), into a product with floats. */
export function matMulBnb4(graph: Graph): Graph {
  const decodedWeights = new DecodedWeights(graph);
  const nodes = graph.nodes.map((node) => {
    const weights = operatorOf(node) === "com.microsoft.MatMulBnb4" ? weightsOf(node, graph) : undefined;
    const [x = "", packed = "", largest = ""] = node.input;
    if (!weights) {
      return node;
    }
    const dims = [weights.rows, weights.columns];
    const name = decodedWeights.named(packed, [largest, ...dims], dims, (fresh) =>
      floatTensor(fresh, dims, decoded(weights)),
    );
    return name === undefined ? node : makeNode("MatMul", [x, name], [node.output[0] ?? ""]);
  });
  return { ...graph, nodes, initialisers: decodedWeights.initialisers };
}

interface Weights {
  /** K: numbers that lie next to each other. */
  readonly rows: number;
  /** N. */
  readonly columns: number;
  readonly block: number;
  readonly values: readonly number[];
  readonly packed: TensorProto;
  readonly largest: TensorProto;
}

function weightsOf(node: NodeProto, graph: Graph): Weights | undefined {
  const [, packed, largest] = node.input.map((name) => graph.initialisers.get(name));
  const [rows, columns, block] = ["K", "N", "block_size"].map((name) => integerAttribute(node, name, 0));
  const values = codes[integerAttribute(node, "quant_type", 1)];
  const isKnown = integerAttribute(node, "transB", 1) === 1 && values !== undefined;
  if (!packed || !largest || !rows || !columns || !block || rows < 0 || columns < 0 || block < 16 || !isKnown) {
    return undefined;
  }
  const fits =
    packed.dataType === elementTypes.uint8 &&
    largest.dataType === elementTypes.float32 &&
    elementCount(packed.dims) === Math.ceil((rows * columns) / 2) &&
    elementCount(largest.dims) === Math.ceil((rows * columns) / block);
  return fits ? { rows, columns, block, values, packed, largest } : undefined;
}

/** W[k, n] = value of code number n·K + k, two to a byte with the first in the high half, times the largest number of its block. */
function decoded({ rows, columns, block, values, packed, largest }: Weights): Float32Array {
  const [bytes, scales] = [tensorNumbers(packed), tensorNumbers(largest)];
  const result = new Float32Array(rows * columns);
  for (let n = 0, i = 0; n < columns; n++) {
    for (let k = 0; k < rows; k++, i++) {
      const code = ((bytes[i >> 1] as number) >> (i & 1 ? 0 : 4)) & 15;
      result[k * columns + n] = (values[code] as number) * (scales[Math.floor(i / block)] as number);
    }
  }
  return result;
}
