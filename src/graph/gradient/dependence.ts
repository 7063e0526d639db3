import { activationsOf } from "../activations";
import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { integerAttribute, operatorOf, valuesRead } from "../node";

/** Operators whose result is constant but for jumps, or no number at all: the way of a gradient ends there. */
const endsGradients = new Set(
  (
    "Shape Size Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Not IsNaN IsInf ArgMax ArgMin NonZero Floor Ceil Round Sign " +
    "ConstantOfShape EyeLike RandomNormalLike RandomUniformLike Bernoulli Multinomial"
  ).split(" "),
);
const floats: ReadonlySet<number | undefined> = new Set([
  elementTypes.float32,
  elementTypes.float64,
  elementTypes.float16,
  elementTypes.bfloat16,
]);

/** The values that change smoothly with one of the given ones, themselves included, other than through constants. */
export function dependentOn(
  values: Iterable<string>,
  constants: ReadonlySet<string>,
  graph: Graph,
): ReadonlySet<string> {
  const active = new Set(values);
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    const ends = endsGradients.has(operator) || (operator === "Cast" && !floats.has(integerAttribute(node, "to", 0)));
    if (!ends && valuesRead(node).some((value) => active.has(value))) {
      for (const output of node.output.filter((name) => name !== "" && !constants.has(name))) {
        active.add(output);
      }
    }
  }
  return active;
}

/**
 * The values that carry the text: they change smoothly with what is looked up by token numbers, or with a float input of three axes or more,
 * such as embeddings. Weights, masks and positions are not among them.
 */
export function signalOf(graph: Graph, constants: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const activations = activationsOf(graph);
  const lookedUp = graph.nodes.flatMap((node) => {
    const table = graph.initialisers.get(node.input[0] ?? "");
    const isLookup = operatorOf(node) === "Gather" && floats.has(table?.dataType) && table?.dims.length === 2;
    return isLookup && activations.has(node.input[1] ?? "") ? node.output : [];
  });
  return dependentOn([...fedInputs(graph), ...lookedUp], constants, graph);
}

/** The inputs that are vectors of tokens: floats of three axes or more. */
export function fedInputs(graph: Graph): string[] {
  return graph.inputs.flatMap(({ name = "", type }) => {
    const tensor = type?.tensorType;
    return floats.has(tensor?.elemType) && (tensor?.shape?.dim.length ?? 0) > 2 ? [name] : [];
  });
}
