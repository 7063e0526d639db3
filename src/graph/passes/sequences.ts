import { type Graph, type Links, linksOf } from "../graph";
import { integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { tensorNumbers } from "../tensor";
import { type Writer, writtenOut } from "./writer";

/**
 * Replaces sequences of tensors, as exporters write them for pieces of equal size, by the pieces: the n-th element of SplitToSequence becomes a
 * Slice or Gather, that of SequenceConstruct the tensor itself, and ConcatFromSequence of the latter a Concat. Elements whose number is no constant
 * stay, and so do pieces counted from the end.
 */
export function sequences(graph: Graph): Graph {
  return writtenOut(graph, new Set(lowerings.keys()), (writer) => {
    const links = linksOf(graph);
    return (node) => lowerings.get(operatorOf(node))?.(node, { graph, links, writer }) ?? false;
  });
}

interface Context {
  readonly graph: Graph;
  readonly links: Links;
  readonly writer: Writer;
}

const lowerings: ReadonlyMap<string, (node: NodeProto, context: Context) => boolean> = new Map(
  Object.entries<(node: NodeProto, context: Context) => boolean>({
    SequenceAt: element,
    ConcatFromSequence: joined,
  }),
);

function element(node: NodeProto, { graph, links, writer }: Context): boolean {
  const sequence = links.producer(node.input[0] ?? "");
  const [place] = constantIntegers(node.input[1], graph) ?? [];
  if (!sequence || place === undefined) {
    return false;
  }
  const [output = ""] = node.output;
  if (operatorOf(sequence) === "SequenceConstruct") {
    const tensor = sequence.input.at(place);
    return tensor !== undefined && writer.add("Identity", [tensor], {}, output) === output;
  }
  return operatorOf(sequence) === "SplitToSequence" && place >= 0 && piece(sequence, place, output, { graph, writer });
}

/** The piece of that number of a tensor that is cut along an axis: into single slices, or into pieces of one size or of sizes one by one. */
function piece(
  sequence: NodeProto,
  place: number,
  output: string,
  { graph, writer }: Pick<Context, "graph" | "writer">,
): boolean {
  const [x = "", sizes = ""] = sequence.input;
  const axis = integerAttribute(sequence, "axis", 0);
  if (sizes === "" && integerAttribute(sequence, "keepdims", 1) === 0) {
    writer.add("Gather", [x, writer.integer(place)], { axis }, output);
    return true;
  }
  const known = sizes === "" ? [1] : constantIntegers(sizes, graph);
  const isOneSize = sizes === "" || graph.initialisers.get(sizes)?.dims.length === 0;
  if (!known || (!isOneSize && place >= known.length)) {
    return false;
  }
  const [size = 1] = known;
  const start = isOneSize ? place * size : known.slice(0, place).reduce((sum, length) => sum + length, 0);
  const end = start + (isOneSize ? size : (known[place] ?? 0));
  writer.add("Slice", [x, writer.integers(start), writer.integers(end), writer.integers(axis)], {}, output);
  return true;
}

function joined(node: NodeProto, { links, writer }: Context): boolean {
  const sequence = links.producer(node.input[0] ?? "");
  if (!sequence || operatorOf(sequence) !== "SequenceConstruct" || integerAttribute(node, "new_axis", 0) !== 0) {
    return false;
  }
  writer.add("Concat", sequence.input, { axis: integerAttribute(node, "axis", 0) }, node.output[0] ?? "");
  return true;
}

function constantIntegers(name: string | undefined, graph: Graph): readonly number[] | undefined {
  const tensor = graph.initialisers.get(name ?? "");
  return tensor && Array.from<number>(tensorNumbers(tensor));
}
