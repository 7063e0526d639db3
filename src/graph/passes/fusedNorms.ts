import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf } from "../graph";
import { attributeOf, integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { usesSixteenBit } from "./fullPrecision";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes normalisations that the runtime's tools fuse with what lies before them out as sums and LayerNormalization: SkipLayerNormalization,
 * EmbedLayerNormalization, and the root-mean-square ones (SimplifiedLayerNormalization, SkipSimplifiedLayerNormalization, RMSNormalization) as
 * x / √(mean(x²) + ε) · scale. Those whose inner results are read otherwise stay. Attention must be written out before, as it reads the mask of
 * EmbedLayerNormalization.
 */
export function fusedNorms(graph: Graph): Graph {
  if (usesSixteenBit(graph)) {
    return graph;
  }
  return writtenOut(graph, new Set(lowerings.keys()), (writer) => {
    const links = linksOf(graph);
    const ranks = ranksOf(graph);
    const outputs = new Set(graph.outputs.map(({ name }) => name));
    const isRead = (value: string | undefined) => !!value && (outputs.has(value) || links.consumers(value).length > 0);
    return (node) => lowerings.get(operatorOf(node))?.(node, { writer, isRead, ranks, links }) ?? false;
  });
}

interface Context {
  readonly writer: Writer;
  readonly isRead: (value: string | undefined) => boolean;
  readonly ranks: ReadonlyMap<string, number>;
  readonly links: Links;
}

/** Writes a node out and says so, or does nothing. */
type Lowering = (node: NodeProto, context: Context) => boolean;

const lowerings: ReadonlyMap<string, Lowering> = new Map(
  Object.entries<Lowering>({
    "com.microsoft.SkipLayerNormalization": skip(false),
    "com.microsoft.SkipSimplifiedLayerNormalization": skip(true),
    "com.microsoft.EmbedLayerNormalization": embed,
    SimplifiedLayerNormalization: rootMeanSquare,
    "com.microsoft.SimplifiedLayerNormalization": rootMeanSquare,
    RMSNormalization: rootMeanSquare,
  }),
);

function skip(simplified: boolean): Lowering {
  return (node, { writer, isRead, links }) => {
    const [x = "", other = "", scale = "", fourth = "", fifth = ""] = node.input;
    const [y, mean, deviation, sumName = ""] = node.output;
    const [shift, bias] = simplified ? ["", fourth] : [fourth, fifth];
    if (isRead(mean) || isRead(deviation) || scale === "") {
      return false;
    }
    const kept = isRead(sumName) ? sumName : undefined;
    // The bias is that of the layer whose result is added to the stream.
    const fromLayer = links.producer(other)?.opType === "MatMul" ? other : x;
    const biased = bias === "" ? fromLayer : writer.add("Add", [fromLayer, bias]);
    const all = writer.add("Add", [biased, fromLayer === x ? other : x], {}, kept);
    const epsilon = attributeOf(node, "epsilon")?.f ?? 1e-12;
    if (simplified) {
      writeRootMeanSquare(writer, all, scale, epsilon, y);
    } else {
      writer.layerNormalization(shift === "" ? [all, scale] : [all, scale, shift], epsilon, y);
    }
    return true;
  };
}

function rootMeanSquare(node: NodeProto, { writer, isRead, ranks }: Context): boolean {
  const [x = "", scale = ""] = node.input;
  const [y, deviation] = node.output;
  const axis = integerAttribute(node, "axis", -1);
  if (isRead(deviation) || scale === "" || (axis !== -1 && axis + 1 !== ranks.get(x))) {
    return false;
  }
  writeRootMeanSquare(writer, x, scale, attributeOf(node, "epsilon")?.f ?? 1e-5, y);
  return true;
}

/** Writes x / √(mean(x²) + ε) · scale over the last axis and gives the name of it: a new one, unless told. */
export function writeRootMeanSquare(writer: Writer, x: string, scale: string, epsilon: number, y?: string): string {
  const mean = writer.reduce("ReduceMean", writer.add("Mul", [x, x]), -1, 1);
  const root = writer.add("Sqrt", [writer.add("Add", [mean, writer.float(epsilon)])]);
  return writer.add("Mul", [writer.add("Div", [x, root]), scale], {}, y);
}

/** The sum of the rows of word, position and segment tables; its second result counts the ones of the mask. */
function embed(node: NodeProto, { writer, isRead }: Context): boolean {
  const [
    ids = "",
    segments = "",
    words = "",
    positions = "",
    kinds = "",
    scale = "",
    shift = "",
    mask = "",
    given = "",
  ] = node.input;
  const [y, lengths = "", sumName = ""] = node.output;
  if (ids === "" || words === "" || positions === "" || (isRead(lengths) && mask === "")) {
    return false;
  }
  const position =
    given === ""
      ? writer.add("Slice", [
          positions,
          writer.integers(0),
          writer.add("Slice", [writer.add("Shape", [ids]), writer.integers(1), writer.integers(2)]),
          writer.integers(0),
        ])
      : writer.add("Gather", [positions, given]);
  const withKinds = segments !== "" && kinds !== "";
  const kept = isRead(sumName) ? sumName : undefined;
  const word = writer.add("Gather", [words, ids]);
  const two = writer.add("Add", [word, position], {}, withKinds ? undefined : kept);
  const sum = withKinds ? writer.add("Add", [two, writer.add("Gather", [kinds, segments])], {}, kept) : two;
  writer.layerNormalization([sum, scale, shift], attributeOf(node, "epsilon")?.f ?? 1e-12, y);
  if (isRead(lengths)) {
    const ones = writer.add("Cast", [mask], { to: elementTypes.int32 });
    writer.reduce("ReduceSum", ones, 1, 0, lengths);
  }
  return true;
}
