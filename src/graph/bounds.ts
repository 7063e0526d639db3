import { ExplainError } from "../common/errors";
import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import { attributeOf, innerGraphs, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { corrupt, unsupported } from "./refusal";
import { atLeast } from "./shapes/dims";
import { shapesOf } from "./shapes/shapes";
import { elementCount, tensorNumbers } from "./tensor";

/** Elements that a value may have by the sizes in a file, unless its weights are of that order. */
const mostElements = 2 ** 24;
const largestPad = 10_000;
/** The runtime takes half a second to load so many. */
const mostOperators = 20_000;
/** A value that is only a view of another one takes the runtime time quadratic in the operators that read it. */
const mostReaders = 2000;

/** Operators that make something as large as a setting says; they are for pictures, sound and whole answers, and no model that reads text has them. */
const notForText = new Set(
  (
    "Resize Upsample ConvTranspose MaxUnpool RoiAlign GridSample AffineGrid CenterCropPad Col2Im ImageDecoder MelWeightMatrix HannWindow " +
    "HammingWindow BlackmanWindow DFT STFT com.microsoft.CropAndResize com.microsoft.BeamSearch com.microsoft.GreedySearch com.microsoft.Sampling " +
    "com.microsoft.WhisperBeamSearch"
  ).split(" "),
);

/**
 * Refuses what a few bytes can ask of the runtime, which would take it: values of absurd size (`model-file-corrupt`), more operators than any known
 * model has or values that so many of them read (`model-unsupported`), and operators that are not for text (`operator-unsupported`).
 */
export function refuseUnbounded(graph: Graph): void {
  refuseCrowds(graph.nodes);
  refuseOperators(graph.nodes);
  const shapes = shapesOf(graph);
  const weights = largest([...graph.initialisers.values()].map(({ dims }) => elementCount(dims)));
  const limit = Math.max(mostElements, 4 * weights);
  const made = [...shapes.all()].filter(([name]) => !graph.initialisers.has(name)).map(([, shape]) => shape);
  // What is expanded may be of unknown shape.
  const asked = graph.nodes
    .filter((node) => operatorOf(node) === "Expand")
    .map(({ input }) => shapes.valueOf(input[1]));
  const counted = graph.nodes.filter((node) => operatorOf(node) === "Range").map((node) => [rangeLength(node, graph)]);
  if ([...made, ...asked, ...counted].some((shape) => shape && atLeast(shape) > limit)) {
    throw corrupt("a tensor in it claims an absurd size");
  }
}

const pools = new Set(["AveragePool", "MaxPool", "LpPool"]);
/** Many more elements than are pooled of texts; the time it takes grows with their square. */
const largestWindow = 2 ** 10;

function refuseOperators(nodes: readonly NodeProto[]): void {
  for (const node of nodes) {
    const operator = operatorOf(node);
    if (operator === "Conv" || operator === "Pad" || pools.has(operator)) {
      const [pads = [], sizes = []] = ["pads", "kernel_shape"].map((name) => attributeOf(node, name)?.ints.map(Number));
      const elements = sizes.reduce((product, size) => product * size, 1);
      if (pads.some((pad) => pad > largestPad) || (pools.has(operator) && elements > largestWindow)) {
        throw corrupt("a tensor in it claims an absurd size");
      }
    }
    // A transform as long as what it reads, as models that mix tokens by Fourier transforms have it, asks for nothing.
    if (notForText.has(operator) && !(operator === "DFT" && (node.input[1] ?? "") === "")) {
      throw new ExplainError(
        "operator-unsupported",
        "This model uses the operator {0}, which no model that reads text needs. Choose a text model.",
        operatorOf(node),
      );
    }
    for (const inner of innerGraphs(node)) {
      refuseOperators(inner.node);
    }
  }
}

const numeric: ReadonlySet<number | undefined> = new Set([
  elementTypes.float32,
  elementTypes.float64,
  elementTypes.int32,
  elementTypes.int64,
]);

/** Elements of a Range between constants of any type; 0 where it is not between constants. */
function rangeLength(node: NodeProto, { initialisers }: Graph): number {
  const [start, limit, step] = node.input.map((name) => {
    const tensor = initialisers.get(name);
    return tensor && numeric.has(tensor.dataType) ? tensorNumbers(tensor)[0] : undefined;
  });
  return start === undefined || limit === undefined || step === undefined ? 0 : Math.abs((limit - start) / step);
}

function refuseCrowds(nodes: readonly NodeProto[]): void {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ output }) => output)) {
    readers.set(name, 0);
  }
  for (const input of nodes.flatMap((node) => node.input)) {
    const count = readers.get(input);
    if (count !== undefined) {
      readers.set(input, count + 1);
    }
  }
  readers.delete("");
  if (countOf(nodes) > mostOperators || largest([...readers.values()]) > mostReaders) {
    throw unsupported("it has more operators than any known model");
  }
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), 0);
}

/** Operators, those in inner graphs too. */
function countOf(nodes: readonly NodeProto[]): number {
  return nodes.reduce(
    (sum, node) => sum + innerGraphs(node).reduce((inner, graph) => inner + countOf(graph.node), 1),
    0,
  );
}
