import { type Graph, topologicalOrder } from "../graph";
import { attributeOf, makeNode, operatorOf, valuesRead } from "../node";
import type { GraphProto, NodeProto, TensorProto } from "../onnxSchema";
import { copyNodes, namesOfItsOwn, Scope } from "./scope";

/** What is known of conditions, while nodes come in the order in which they are computed. */
export interface Conditions {
  /** Learns a constant of the graph or of a branch that is taken. */
  noteConstant(name: string, tensor: TensorProto): void;
  /** Learns what a node makes. */
  noteNode(node: NodeProto): void;
  /** Whether a value is true; `undefined` where that is not known. */
  holds(value: string): boolean | undefined;
}

/**
 * Writes the branch that is taken in the place of each `If` whose condition is known. The condition itself stays, since others may read it; inputs of the
 * graph that only the other branches read go.
 */
export function takeBranches(graph: Graph, conditions: () => Conditions): Graph {
  if (!graph.nodes.some((node) => operatorOf(node) === "If")) {
    return graph;
  }
  const writer = new Writer(graph, conditions());
  writer.write(graph.nodes);
  if (!writer.changed) {
    return graph;
  }
  const wanted = new Set(graph.outputs.map((output) => output.name ?? ""));
  const before = new Set(graph.nodes.flatMap(valuesRead));
  const after = new Set(writer.nodes.flatMap(valuesRead));
  const inputs = graph.inputs.filter(({ name = "" }) => after.has(name) || wanted.has(name) || !before.has(name));
  const given = new Set([...writer.initialisers.keys(), ...inputs.map(({ name }) => name ?? "")]);
  return { ...graph, inputs, initialisers: writer.initialisers, nodes: topologicalOrder(writer.nodes, given) };
}

class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initialisers: Map<string, TensorProto>;
  changed = false;
  readonly #conditions: Conditions;
  readonly #fresh: (about: string) => string;

  constructor(graph: Graph, conditions: Conditions) {
    this.initialisers = new Map(graph.initialisers);
    this.#conditions = conditions;
    this.#fresh = namesOfItsOwn(graph);
    for (const [name, tensor] of graph.initialisers) {
      conditions.noteConstant(name, tensor);
    }
  }

  /** Writes nodes in topological order; the branches of `If` are written in its place, which may hold more of them. */
  write(nodes: readonly NodeProto[]): void {
    for (const node of nodes) {
      const branch = operatorOf(node) === "If" ? this.#branch(node) : undefined;
      if (branch) {
        this.changed = true;
        this.#spliced(node, branch);
      } else {
        this.#conditions.noteNode(node);
        this.nodes.push(node);
      }
    }
  }

  #branch(node: NodeProto): GraphProto | undefined {
    const holds = this.#conditions.holds(node.input[0] ?? "");
    const branch = attributeOf(node, holds ? "then_branch" : "else_branch")?.g;
    return holds === undefined || branch?.output.length !== node.output.length ? undefined : branch;
  }

  #spliced(node: NodeProto, branch: GraphProto): void {
    const scope = new Scope();
    for (const tensor of branch.initializer) {
      const name = this.#fresh(tensor.name ?? "");
      scope.set(tensor.name ?? "", name);
      this.initialisers.set(name, { ...tensor, name });
      this.#conditions.noteConstant(name, tensor);
    }
    const produced = new Set(branch.node.flatMap((inner) => inner.output));
    const copies: NodeProto[] = [];
    for (const [i, { name = "" }] of branch.output.entries()) {
      const wanted = node.output[i] ?? "";
      if (wanted === "") {
        continue;
      }
      if (produced.has(name) && !scope.has(name)) {
        scope.set(name, wanted);
      } else {
        copies.push(makeNode("Identity", [scope.find(name) ?? name], [wanted]));
      }
    }
    this.write([...copyNodes(branch.node, scope, { fresh: this.#fresh, outside: (name) => name }), ...copies]);
  }
}
