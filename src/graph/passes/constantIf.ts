import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { innerGraphs, integerAttribute, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { elementCount, tensorNumbers } from "../tensor";
import { type Conditions, takeBranches } from "./takenBranches";

/** The input by which a merged decoder is told whether there is a past. */
export const cacheSwitch = "use_cache_branch";

/**
 * Replaces `If` by the branch that is taken, where the condition follows from constants. Merged decoders choose by the input `use_cache_branch`
 * between a branch that reads a past and one that does not; it is taken as `readsPast` says and goes, together with the inputs that only the other
 * branch reads.
 */
export function constantIf(graph: Graph, readsPast = false): Graph {
  return takeBranches(graph, () => new Scalars(graph, readsPast));
}

/** Single numbers that follow from constants. */
class Scalars implements Conditions {
  readonly #known = new Map<string, number>();

  constructor(graph: Graph, readsPast: boolean) {
    const cache = graph.inputs.find(({ name }) => name === cacheSwitch);
    if (cache?.type?.tensorType?.elemType === elementTypes.bool) {
      this.#note(cacheSwitch, readsPast ? 1 : 0);
    }
  }

  noteConstant(name: string, tensor: TensorProto): void {
    this.#note(name, scalarOf(tensor));
  }

  noteNode(node: NodeProto): void {
    this.#note(node.output[0] ?? "", resultOf(node, this.#known));
  }

  holds(value: string): boolean | undefined {
    const number = this.#known.get(value);
    return number === undefined ? undefined : number !== 0;
  }

  #note(name: string, value: number | undefined): void {
    if (name !== "" && value !== undefined) {
      this.#known.set(name, value);
    }
  }
}

const countable: ReadonlySet<number | undefined> = new Set([
  elementTypes.bool,
  elementTypes.int32,
  elementTypes.int64,
  elementTypes.float32,
]);

/** The one element of a constant. */
function scalarOf(tensor: TensorProto): number | undefined {
  return countable.has(tensor.dataType) && tensor.dims.length <= 1 && elementCount(tensor.dims) === 1
    ? tensorNumbers(tensor)[0]
    : undefined;
}

const comparisons: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map(
  Object.entries<(a: number, b: number) => boolean>({
    Equal: (a, b) => a === b,
    Less: (a, b) => a < b,
    Greater: (a, b) => a > b,
    And: (a, b) => a !== 0 && b !== 0,
    Or: (a, b) => a !== 0 || b !== 0,
  }),
);

/** What a node computes from single numbers that are known. */
function resultOf(node: NodeProto, known: ReadonlyMap<string, number>): number | undefined {
  const operator = operatorOf(node);
  if (operator === "Constant") {
    const setting = node.attribute[0];
    return setting?.t && innerGraphs(node).length === 0 ? scalarOf(setting.t) : undefined;
  }
  const [a, b] = node.input.map((name) => known.get(name));
  if (a === undefined) {
    return undefined;
  }
  switch (operator) {
    case "Identity":
    case "Squeeze":
    case "Unsqueeze":
      return a;
    case "Not":
      return a === 0 ? 1 : 0;
    case "Cast": {
      const to = integerAttribute(node, "to", 0);
      return to === elementTypes.bool ? Number(a !== 0) : to === elementTypes.float32 ? a : Math.trunc(a);
    }
  }
  const compare = comparisons.get(operator);
  return compare && b !== undefined ? Number(compare(a, b)) : undefined;
}
