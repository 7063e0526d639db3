import type { Graph } from "./graph";
import { operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { placesInput } from "./passes/readPlaces";
import { type Dim, factorsOf } from "./shapes/dims";
import type { KnownShapes } from "./shapes/known";

/** Roughly how many multiplications one row of so many tokens takes, read at so many places where it is read at tokens (1 by default): the same number on every computer. */
export type RunWork = (tokens: number, places?: number) => number;

/** The multiplications of one operator: `factor` × tokens^`tokens` × places^`places`. */
interface Term {
  readonly factor: number;
  readonly tokens: number;
  readonly places: number;
}

const matrixProducts = new Set([
  "MatMul",
  "MatMulInteger",
  "Gemm",
  "com.microsoft.FusedMatMul",
  "com.microsoft.FusedGemm",
]);

/** Counts the products of matrices and the convolutions of a graph, which are nearly all that a transformer does. Sizes of unknown number are taken for the number of tokens, that of the batch for 1. */
export function runWorkOf(graph: Graph, shapes: KnownShapes): RunWork {
  const batch = shapes.of(graph.inputs[0]?.name)?.[0];
  const terms = graph.nodes.flatMap((node) => {
    const summed = summedOver(node, shapes);
    const made = shapes.of(node.output[0]);
    return summed && made ? [termOf([...made, ...summed], batch)] : [];
  });
  return (tokens, places = 1) =>
    terms.reduce((sum, term) => sum + term.factor * tokens ** term.tokens * places ** term.places, 0);
}

/** The sizes over which an operator adds products for each element of its result; `undefined` where it makes none. */
function summedOver(node: NodeProto, shapes: KnownShapes): readonly Dim[] | undefined {
  const operator = operatorOf(node);
  if (matrixProducts.has(operator)) {
    return shapes.of(node.input[0])?.slice(-1);
  }
  return operator === "Conv" ? shapes.of(node.input[1])?.slice(1) : undefined;
}

function termOf(sizes: readonly Dim[], batch: Dim | undefined): Term {
  const factors = sizes.map(factorsOf);
  const names = factors.flatMap((factor) => factor.names);
  const places = names.filter((name) => name === placesInput).length;
  return {
    factor: factors.reduce((product, { number }) => product * number, 1),
    tokens: names.filter((name) => name !== batch).length - places,
    places,
  };
}
