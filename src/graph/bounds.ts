import { ExplainError } from "../common/errors";
import type { Graph } from "./graph";
import { innerGraphs, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { corrupt, unsupported } from "./refusal";
import { atLeast } from "./shapes/dims";
import { Shapes } from "./shapes/shapes";
import { elementCount } from "./tensor";

/** Elements that a value may have by the sizes in a file, unless its weights are of that order. */
const mostElements = 2 ** 24;
const mostRounds = 10_000;
/** The runtime takes half a second to load so many. */
const mostOperators = 20_000;
/** A value that is only a view of another one takes the runtime time quadratic in the operators that read it. */
const mostReaders = 2000;

/**
 * Refuses what a few bytes can ask of the runtime, which would take it: values of absurd size (`model-file-corrupt`), more operators than any known
 * model has or values that so many of them read (`model-unsupported`), and loops whose number of rounds is absurd or does not follow from sizes
 * (`operator-unsupported`).
 */
export function refuseUnbounded(graph: Graph): void {
  refuseCrowds(graph.nodes);
  const shapes = new Shapes(graph);
  const weights = largest([...graph.initialisers.values()].map(({ dims }) => elementCount(dims)));
  const limit = Math.max(mostElements, 4 * weights);
  const made = [...shapes.all()].filter(([name]) => !graph.initialisers.has(name)).map(([, shape]) => shape);
  // What is expanded may be of unknown shape.
  const asked = graph.nodes
    .filter((node) => operatorOf(node) === "Expand")
    .map(({ input }) => shapes.valueOf(input[1]));
  if ([...made, ...asked].some((shape) => shape && atLeast(shape) > limit)) {
    throw corrupt("a tensor in it claims an absurd size");
  }
  refuseLoops(graph.nodes, 1, shapes);
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

function refuseLoops(nodes: readonly NodeProto[], before: number, shapes: Shapes): void {
  for (const node of nodes) {
    const isLoop = operatorOf(node) === "Loop";
    const count = isLoop ? shapes.valueOf(node.input[0]) : [];
    const rounds = before * (count ? atLeast(count) : Number.POSITIVE_INFINITY);
    if (rounds > mostRounds) {
      throw new ExplainError(
        "operator-unsupported",
        "This model uses the operator {0} with more rounds than can be waited for. Export it with operators that do not loop.",
        "Loop",
      );
    }
    for (const inner of innerGraphs(node)) {
      refuseLoops(inner.node, rounds, shapes);
    }
  }
}
