import { ExplainError } from "../common/errors";
import type { Graph } from "./graph";
import { innerGraphs, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { corrupt } from "./refusal";
import { atLeast } from "./shapes/dims";
import { Shapes } from "./shapes/shapes";
import { elementCount } from "./tensor";

/** Elements that a value may have by the sizes in a file, unless its weights are of that order. */
const mostElements = 2 ** 24;
const mostRounds = 10_000;

/**
 * Refuses what a few bytes can ask of the runtime, which would take it: values of absurd size (`model-file-corrupt`), and loops whose number of rounds
 * is absurd or does not follow from sizes (`operator-unsupported`).
 */
export function refuseUnbounded(graph: Graph): void {
  const shapes = new Shapes(graph);
  const weights = Math.max(0, ...Array.from(graph.initialisers.values(), ({ dims }) => elementCount(dims)));
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
