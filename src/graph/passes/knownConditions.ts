import type { Graph } from "../graph";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { Shapes } from "../shapes/shapes";
import { constantNodes } from "./constantNodes";
import { type Conditions, takeBranches } from "./takenBranches";

/**
 * Replaces `If` by the branch that is taken with every text, where the condition compares sizes that are known to be the same by name, or fixed:
 * TorchScript writes such choices for functions that ask for sizes, as DeBERTa does whether it has as many queries as keys. Conditions that depend on
 * the text stay.
 */
export function knownConditions(graph: Graph): Graph {
  const taken = takeBranches(graph, () => new Sizes(graph));
  return taken === graph ? graph : constantNodes(taken);
}

/** What follows from the sizes of values, worked out anew on the way: what a branch gives is not known before it is taken. */
class Sizes implements Conditions {
  readonly #graph: Graph;
  readonly #shapes: Shapes;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#shapes = new Shapes({ ...graph, nodes: [] });
  }

  noteConstant(name: string, tensor: TensorProto): void {
    this.#shapes.noteConstant(name, tensor);
  }

  noteNode(node: NodeProto): void {
    this.#shapes.noteNode(node);
    this.#shapes.noteRanks(node, this.#graph);
  }

  holds(value: string): boolean | undefined {
    const [truth, ...others] = this.#shapes.valueOf(value) ?? [];
    return typeof truth === "number" && others.length === 0 ? truth !== 0 : undefined;
  }
}
