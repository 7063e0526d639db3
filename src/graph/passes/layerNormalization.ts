import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf } from "../graph";
import { integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { elementCount, tensorNumbers } from "../tensor";
import { usesSixteenBit } from "./fullPrecision";
import { writtenOut } from "./writer";

/**
 * Writes (x − mean) / √(mean((x − mean)²) + ε) · scale + shift over the last axis, as exporters before operator set 17 spell it, as one
 * LayerNormalization: it is what the runtime does anyway where nothing in between is read, and what later steps know as one operator.
 */
export function layerNormalization(graph: Graph): Graph {
  if (graph.opset < 17 || usesSixteenBit(graph)) {
    return graph;
  }
  // What the sum was made of goes when nothing else reads it.
  return writtenOut(graph, new Set(["Add"]), (writer) => {
    const links = linksOf(graph);
    const ranks = ranksOf(graph);
    return (node) => {
      const found = normalisationBefore(node, graph, links, ranks);
      if (found) {
        writer.layerNormalization([found.x, found.scale, found.shift], found.epsilon, node.output[0]);
      }
      return found !== undefined;
    };
  });
}

interface Normalisation {
  readonly x: string;
  readonly scale: string;
  readonly shift: string;
  readonly epsilon: number;
}

function normalisationBefore(
  node: NodeProto,
  graph: Graph,
  links: Links,
  ranks: ReadonlyMap<string, number>,
): Normalisation | undefined {
  const madeBy = (value: string | undefined, operator: string) => {
    const producer = links.producer(value ?? "");
    return producer && operatorOf(producer) === operator ? producer : undefined;
  };
  /** The constant among two factors and the other one. */
  const apart = ({ input: [a = "", b = ""] }: NodeProto): readonly [string, string] =>
    graph.initialisers.has(b) ? [b, a] : [a, b];
  const [shift, product] = apart(node);
  const times = madeBy(product, "Mul");
  const [scale, quotient] = times ? apart(times) : ["", ""];
  const [centred, root] = madeBy(quotient, "Div")?.input ?? [];
  const sum = madeBy(madeBy(root, "Sqrt")?.input[0], "Add");
  const [small, variance] = sum ? apart(sum) : ["", ""];
  const minus = madeBy(centred, "Sub");
  const [x = "", mean = ""] = minus?.input ?? [];
  const squares = meanOf(madeBy(variance, "ReduceMean"), graph, ranks);
  const epsilon = graph.initialisers.get(small);
  const vectors = [scale, shift].map((name) => graph.initialisers.get(name));
  const isVector = vectors.every((v) => v?.dataType === elementTypes.float32 && v.dims.length === 1);
  const [width, shiftWidth] = vectors.map((v) => v?.dims[0]);
  if (
    !isVector ||
    width !== shiftWidth ||
    !minus ||
    meanOf(madeBy(mean, "ReduceMean"), graph, ranks) !== x ||
    !squares ||
    squareOf(links.producer(squares), graph) !== centred ||
    epsilon?.dataType !== elementTypes.float32 ||
    elementCount(epsilon.dims) !== 1
  ) {
    return undefined;
  }
  return { x, scale, shift, epsilon: tensorNumbers(epsilon)[0] ?? 0 };
}

/** What a node takes the mean of over the last axis, which it keeps. */
function meanOf(node: NodeProto | undefined, graph: Graph, ranks: ReadonlyMap<string, number>): string | undefined {
  const [x = "", axesName = ""] = node?.input ?? [];
  const tensor = graph.initialisers.get(axesName);
  const given = node?.attribute.find(({ name }) => name === "axes")?.ints.map(Number);
  const axes = given ?? (tensor?.dataType === elementTypes.int64 ? [...tensorNumbers(tensor)] : []);
  const last = axes.length === 1 && (axes[0] === -1 || (axes[0] ?? 0) + 1 === ranks.get(x));
  return node && last && integerAttribute(node, "keepdims", 1) === 1 ? x : undefined;
}

/** What a node squares: Pow(d, 2) or Mul(d, d). */
function squareOf(node: NodeProto | undefined, graph: Graph): string | undefined {
  const [d, second = ""] = node?.input ?? [];
  const exponent = graph.initialisers.get(second);
  switch (node && operatorOf(node)) {
    case "Mul":
      return d === second ? d : undefined;
    case "Pow":
      return exponent?.dataType === elementTypes.float32 &&
        elementCount(exponent.dims) === 1 &&
        tensorNumbers(exponent)[0] === 2
        ? d
        : undefined;
  }
  return undefined;
}
