import { dequantiser } from "../dequantised";
import { type Graph, type Links, linksOf, newNames } from "../graph";
import { makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";

/**
 * Turns products whose left side is quantised while the model runs into products of floats:
 * Cast(MatMulInteger(x₈, W₈)) · (scale of x · scale of W) with x₈ = DynamicQuantizeLinear(x) becomes MatMul(x, dequantised W).
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
    if (product?.weight.dims.length !== 2) {
      return node;
    }
    const { x, zero, scale } = product;
    const weight = toFloats(fresh(product.weight.name ?? ""), { x: product.weight, scale, zero, axis: 1, block: 0 });
    if (!weight?.name) {
      return node;
    }
    initialisers.set(weight.name, weight);
    return makeNode("MatMul", [x, weight.name], [node.output[0] ?? ""]);
  });
  return { ...graph, nodes, initialisers };
}

interface Product {
  /** The activation before it was quantised. */
  readonly x: string;
  readonly weight: TensorProto;
  readonly zero: TensorProto | undefined;
  readonly scale: TensorProto;
}

function productOf(node: NodeProto, graph: Graph, links: Links): Product | undefined {
  const madeBy = (value: string | undefined, operator: string) => {
    const producer = links.producer(value ?? "");
    return producer && operatorOf(producer) === operator ? producer : undefined;
  };
  for (const [first, second] of bothWays(node.input)) {
    const cast = madeBy(first, "Cast");
    const integer = madeBy(cast?.input[0], "MatMulInteger");
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
      return { x: quantise.input[0] ?? "", weight, zero, scale };
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
