import { dequantiser } from "../dequantised";
import { type Graph, type Links, linksOf, newNames } from "../graph";
import { makeNode, operatorOf } from "../node";
import type { AttributeProto, NodeProto, TensorProto } from "../onnxSchema";

/** What the products of integers are with floats, and the axis of the weights along which scales may differ. */
const ofFloats = {
  MatMulInteger: { operator: "MatMul", axis: 1 },
  ConvInteger: { operator: "Conv", axis: 0 },
} as const;

/**
 * Turns products whose left side is quantised while the model runs into products of floats:
 * Cast(MatMulInteger(x₈, W₈)) · (scale of x · scale of W) with x₈ = DynamicQuantizeLinear(x) becomes MatMul(x, dequantised W), and likewise
 * ConvInteger.
 *
 * The scale of x is taken over the whole batch, so a text's result would depend on the texts beside it, and explanations compare texts.
 * The result differs from the file's by the rounding of activations.
 */
export function dynamicInt8(graph: Graph): Graph {
  const links = linksOf(graph);
  const fresh = newNames(graph);
  const toFloats = dequantiser();
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.map((node) => {
    const product = operatorOf(node) === "Mul" ? productOf(node, graph, links) : undefined;
    const isMatrix = product?.weight.dims.length === 2;
    if (!product || isMatrix === (product.integer === "ConvInteger")) {
      return node;
    }
    const { x, zero, scale, integer } = product;
    const { operator, axis } = ofFloats[integer];
    const weight = toFloats(fresh(product.weight.name ?? ""), { x: product.weight, scale, zero, axis, block: 0 });
    if (!weight?.name) {
      return node;
    }
    initialisers.set(weight.name, weight);
    return { ...makeNode(operator, [x, weight.name], [node.output[0] ?? ""]), attribute: product.settings };
  });
  return { ...graph, nodes, initialisers };
}

interface Product {
  readonly integer: keyof typeof ofFloats;
  /** The settings of the product: how a window slides. */
  readonly settings: readonly AttributeProto[];
  /** The activation before it was quantised. */
  readonly x: string;
  readonly weight: TensorProto;
  readonly zero: TensorProto | undefined;
  readonly scale: TensorProto;
}

function productOf(node: NodeProto, graph: Graph, links: Links): Product | undefined {
  const madeBy = (value: string | undefined, ...operators: string[]) => {
    const producer = links.producer(value ?? "");
    return producer && operators.includes(operatorOf(producer)) ? producer : undefined;
  };
  for (const [first, second] of bothWays(node.input)) {
    const cast = madeBy(first, "Cast");
    const integer = madeBy(cast?.input[0], "MatMulInteger", "ConvInteger");
    const scales = madeBy(second, "Mul");
    const quantise = madeBy(integer?.input[0], "DynamicQuantizeLinear");
    const [x8, xScale, xZero] = quantise?.output ?? [];
    if (!integer || !scales || !quantise || integer.input[0] !== x8 || integer.input[2] !== xZero) {
      continue;
    }
    const weight = graph.initialisers.get(integer.input[1] ?? "");
    const zeroName = integer.input[3] ?? "";
    const zero = graph.initialisers.get(zeroName);
    const scaleName = bothWays(scales.input).find(([name]) => name === xScale)?.[1];
    const scale = graph.initialisers.get(scaleName ?? "");
    if (weight && scale && (zeroName === "" || zero)) {
      const kind = operatorOf(integer) === "ConvInteger" ? "ConvInteger" : "MatMulInteger";
      return { integer: kind, settings: integer.attribute, x: quantise.input[0] ?? "", weight, zero, scale };
    }
  }
  return undefined;
}

function bothWays([a = "", b = ""]: readonly string[]): (readonly [string, string])[] {
  return [
    [a, b],
    [b, a],
  ];
}
