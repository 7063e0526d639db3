import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { attributeOf, integerAttribute, makeNode, operatorOf } from "../node";
import type { AttributeProto, NodeProto } from "../onnxSchema";
import { floatTensor, tensorNumbers } from "../tensor";
import { type Writer, writtenOut } from "./writer";

/** DequantizeLinear of one axis at a time came with this operator set. */
const oldestWithAxes = 13;

/**
 * Writes operators that compute with 8-bit numbers out as the float operator between DequantizeLinear and QuantizeLinear, which is what their
 * documentation says they compute: QLinearMatMul, QLinearConv, QLinearAdd and their like, QGemm, QAttention, QEmbedLayerNormalization,
 * DynamicQuantizeMatMul and MatMulIntegerToFloat. The passes after it turn weights into floats and take the rounding out.
 */
export function quantisedOperators(graph: Graph): Graph {
  if (graph.opset < oldestWithAxes) {
    return graph;
  }
  return writtenOut(graph, new Set(lowerings.keys()), (writer) => {
    const rankOf = (name: string) => graph.initialisers.get(name)?.dims.length;
    return (node) => lowerings.get(operatorOf(node))?.(node, new Grid(writer, graph, rankOf)) ?? false;
  });
}

/** Writes a node out and says so, or does nothing. */
type Lowering = (node: NodeProto, grid: Grid) => boolean;

/** Goes from 8-bit numbers to floats and back. */
class Grid {
  constructor(
    readonly writer: Writer,
    readonly graph: Graph,
    private readonly rankOf: (name: string) => number | undefined,
  ) {}

  /** Floats of a quantised value; where it has a scale for each column, `axis` says which axis that is, by default the last. */
  floats(value: string, scale: string, zero: string, axis = (this.rankOf(value) ?? 1) - 1): string {
    const grid = zero === "" ? [scale] : [scale, zero];
    const isVector = this.rankOf(scale) === 1;
    return this.writer.add("DequantizeLinear", [value, ...grid], isVector ? { axis } : {});
  }

  /** Three inputs of a node that follow each other: a value, its scale and its zero point. */
  operand({ input }: NodeProto, first: number, axis?: number): string {
    return this.floats(input[first] ?? "", input[first + 1] ?? "", input[first + 2] ?? "", axis);
  }

  /** Rounds a result onto the grid that two inputs of a node that follow each other tell. */
  round(value: string, { input, output }: NodeProto, first: number): true {
    const [scale = "", zero = ""] = input.slice(first);
    this.writer.add("QuantizeLinear", zero === "" ? [value, scale] : [value, scale, zero], {}, output[0]);
    return true;
  }

  /** The operator with settings as they are in a file. */
  apply(
    operator: string,
    input: readonly string[],
    attribute: readonly AttributeProto[] = [],
    output?: readonly string[],
  ) {
    const name = this.writer.add(operator.split(".").at(-1) ?? "", input, {}, output?.[0]);
    const made = this.writer.nodes.pop() ?? makeNode("", [], []);
    const domain = operator.startsWith("com.microsoft.") ? { domain: "com.microsoft" } : {};
    this.writer.nodes.push({ ...made, attribute, output: output ?? made.output, ...domain });
    return name;
  }

  /** Floats of a bias of 32-bit integers, whose scale is the product of the scales of the factors. */
  bias(value: string, scales: readonly string[], factor = 1): string | undefined {
    const tensors = [value, ...scales].map((name) => this.graph.initialisers.get(name));
    const [integers = [], ...factors] = tensors.map((tensor) => tensor && tensorNumbers(tensor));
    const fits = factors.every((numbers) => numbers && (numbers.length === 1 || numbers.length === integers.length));
    if (!fits || tensors[0]?.dataType !== elementTypes.int32) {
      return undefined;
    }
    const floats = Float32Array.from(integers, (integer, i) =>
      factors.reduce((product, numbers) => product * (numbers?.[i] ?? numbers?.[0] ?? 0), integer * factor),
    );
    return this.writer.constant(floatTensor("", tensors[0].dims, floats));
  }
}

/** y₈ = round(f(a, b)): two quantised operands and the grid of the result. */
const binary =
  (operator: string): Lowering =>
  (node, grid) =>
    grid.round(grid.apply(operator, [grid.operand(node, 0), grid.operand(node, 3)]), node, 6);

/** y₈ = round(f(x)): one quantised operand and the grid of the result. */
const unary =
  (operator: string, kept: readonly string[] = []): Lowering =>
  (node, grid) => {
    const settings = node.attribute.filter(({ name = "" }) => kept.includes(name));
    return grid.round(grid.apply(operator, [grid.operand(node, 0)], settings), node, 3);
  };

const convolution: Lowering = (node, grid) => {
  const [, xScale = "", , , scale = "", , , , biasName = ""] = node.input;
  const bias = biasName === "" ? undefined : grid.bias(biasName, [xScale, scale]);
  if (biasName !== "" && bias === undefined) {
    return false;
  }
  const operands = [grid.operand(node, 0), grid.operand(node, 3, 0), ...(bias === undefined ? [] : [bias])];
  return grid.round(grid.apply("Conv", operands, node.attribute), node, 6);
};

/** α·A′·B′ + C, rounded where there is a grid for the result. */
const gemm: Lowering = (node, grid) => {
  const [, aScale = "", , , bScale = "", , biasName = "", yScale = ""] = node.input;
  const alpha = attributeOf(node, "alpha")?.f ?? 1;
  const bias = biasName === "" ? undefined : grid.bias(biasName, [aScale, bScale], alpha);
  if (biasName !== "" && bias === undefined) {
    return false;
  }
  const columns = integerAttribute(node, "transB", 0) === 1 ? 0 : 1;
  const operands = [grid.operand(node, 0), grid.operand(node, 3, columns), ...(bias === undefined ? [] : [bias])];
  if (yScale === "") {
    grid.apply("Gemm", operands, node.attribute, node.output);
    return true;
  }
  return grid.round(grid.apply("Gemm", operands, node.attribute), node, 7);
};

const where: Lowering = (node, grid) => {
  const [condition = ""] = node.input;
  return grid.round(grid.apply("Where", [condition, grid.operand(node, 1), grid.operand(node, 4)]), node, 7);
};

const concat: Lowering = (node, grid) => {
  const parts = Array.from({ length: Math.floor((node.input.length - 2) / 3) }, (_, i) =>
    grid.operand(node, 2 + 3 * i),
  );
  return grid.round(grid.apply("Concat", parts, node.attribute), node, 0);
};

/** Before operator set 13 the axes from the given one on were flattened together. */
const softmax: Lowering = (node, grid) =>
  integerAttribute(node, "opset", oldestWithAxes) >= oldestWithAxes && unary("Softmax", ["axis"])(node, grid);

/** A fused attention whose input and projection weights are quantised; what it answers are floats. */
const attention: Lowering = (node, grid) => {
  const [x = "", weights = "", bias = "", xScale = "", scale = "", mask = "", xZero = "", zero = "", past = ""] =
    node.input;
  const input = [grid.floats(x, xScale, xZero), grid.floats(weights, scale, zero), bias, mask, past];
  grid.apply("com.microsoft.Attention", input, node.attribute, node.output);
  return true;
};

/** The embedding of words, positions and segments with quantised tables: five of them, then their five scales and five zero points. */
const embedding: Lowering = (node, grid) => {
  const tables = [2, 3, 4, 5, 6].map((at) => {
    const value = node.input[at] ?? "";
    return value === "" ? "" : grid.floats(value, node.input[at + 6] ?? "", node.input[at + 11] ?? "");
  });
  const input = [node.input[0] ?? "", node.input[1] ?? "", ...tables, node.input[7] ?? ""];
  grid.apply("com.microsoft.EmbedLayerNormalization", input, node.attribute, node.output);
  return true;
};

/** x·dequantised W, plus a bias of floats. */
function product(x: string, weights: string, bias: string, node: NodeProto, grid: Grid): true {
  if (bias === "") {
    grid.apply("MatMul", [x, weights], [], node.output);
  } else {
    grid.apply("Add", [grid.apply("MatMul", [x, weights]), bias], [], node.output);
  }
  return true;
}

const dynamicProduct: Lowering = (node, grid) => {
  const [x = "", weights = "", scale = "", zero = "", bias = ""] = node.input;
  const [rounded = "", step = "", middle = ""] = grid.writer.several("DynamicQuantizeLinear", [x], 3);
  return product(grid.floats(rounded, step, middle), grid.floats(weights, scale, zero), bias, node, grid);
};

const productToFloat: Lowering = (node, grid) => {
  const [x = "", weights = "", xScale = "", scale = "", xZero = "", zero = "", bias = ""] = node.input;
  return product(grid.floats(x, xScale, xZero), grid.floats(weights, scale, zero), bias, node, grid);
};

const lowerings: ReadonlyMap<string, Lowering> = new Map(
  Object.entries<Lowering>({
    QLinearMatMul: binary("MatMul"),
    QLinearConv: convolution,
    "com.microsoft.QLinearAdd": binary("Add"),
    "com.microsoft.QLinearMul": binary("Mul"),
    "com.microsoft.QLinearSigmoid": unary("Sigmoid"),
    "com.microsoft.QLinearLeakyRelu": unary("LeakyRelu", ["alpha"]),
    "com.microsoft.QLinearSoftmax": softmax,
    "com.microsoft.QLinearWhere": where,
    "com.microsoft.QLinearConcat": concat,
    "com.microsoft.QGemm": gemm,
    "com.microsoft.QAttention": attention,
    "com.microsoft.QEmbedLayerNormalization": embedding,
    "com.microsoft.DynamicQuantizeMatMul": dynamicProduct,
    "com.microsoft.MatMulIntegerToFloat": productToFloat,
  }),
);
