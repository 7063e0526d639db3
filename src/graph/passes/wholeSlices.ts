import { type Graph, type Links, linksOf, sourceBefore } from "../graph";
import { makeNode, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { axisFromFront, type Shape } from "../shapes/dims";
import type { KnownShapes } from "../shapes/known";
import { shapesOf } from "../shapes/shapes";

/** No axis is that long: an end from here on stands for the end of the axis. */
const noEnd = 2 ** 31 - 1;
const keepsNumbers = new Set(["Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);

/**
 * Takes out Slice of a graph input where the piece is known to be the whole, as exporters write for texts that are cut to the longest one: from 0,
 * or from as far before the end as the axis is long, to its end. The ids of tokens that are looked up are then those that are fed.
 */
export function wholeSlices(graph: Graph): Graph {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const ofInputs = graph.nodes.filter((node) => operatorOf(node) === "Slice" && inputs.has(node.input[0]));
  if (ofInputs.length === 0) {
    return graph;
  }
  const [shapes, links] = [shapesOf(graph), linksOf(graph)];
  const whole = new Set(ofInputs.filter((node) => isWhole(node, shapes, links)));
  const nodes = graph.nodes.map((node) =>
    whole.has(node) ? makeNode("Identity", [node.input[0] ?? ""], [node.output[0] ?? ""]) : node,
  );
  return { ...graph, nodes };
}

function isWhole(node: NodeProto, shapes: KnownShapes, links: Links): boolean {
  const [x = "", startsName = "", endsName = "", axesName = "", stepsName = ""] = node.input;
  const shape = shapes.of(x);
  const ends = shapes.valueOf(endsName);
  const axes = axesName === "" ? ends?.map((_, axis) => axis) : shapes.valueOf(axesName);
  const forward = stepsName === "" || shapes.valueOf(stepsName)?.every((step) => step === 1) === true;
  if (!shape || !ends || !axes || !forward) {
    return false;
  }
  const starts = shapes.valueOf(startsName);
  const fromEnd = negated(startsName, shapes, links);
  return axes.every((axis, i) => {
    const size = typeof axis === "number" ? shape[axisFromFront(axis, shape.length)] : undefined;
    const end = ends[i];
    const atStart = starts?.[i] === 0 || (size !== undefined && fromEnd?.[i] === size);
    const atEnd = (typeof end === "number" && end >= noEnd) || (size !== undefined && end === size);
    return size !== undefined && atStart && atEnd;
  });
}

/** The sizes of which a value is the negative. */
function negated(value: string, shapes: KnownShapes, links: Links): Shape | undefined {
  const node = links.producer(sourceBefore(value, (one) => keepsNumbers.has(operatorOf(one)), links));
  return node && operatorOf(node) === "Neg" ? shapes.valueOf(node.input[0] ?? "") : undefined;
}
