import { type Graph, namesBesides } from "../graph";
import { innerGraphs } from "../node";
import type { AttributeProto, GraphProto, NodeProto } from "../onnxSchema";

/** The names that values of a function or branch get where it is written out; what is not in a scope is looked for in the one around it. */
export class Scope {
  readonly #names = new Map<string, string>();
  readonly #around: Scope | undefined;

  constructor(around?: Scope) {
    this.#around = around;
  }

  set(name: string, renamed: string): void {
    this.#names.set(name, renamed);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The new name, if any scope has one. */
  find(name: string): string | undefined {
    return this.#names.get(name) ?? this.#around?.find(name);
  }
}

/** How names are given and what becomes of settings where nodes are copied out of a function or branch. */
export interface Copying {
  readonly fresh: (about: string) => string;
  /** Called for each name that no scope knows; gives the name to read. */
  readonly outside: (name: string) => string;
  /** Settings of the copy. */
  readonly settings?: (attributes: readonly AttributeProto[]) => readonly AttributeProto[];
}

/** Copies nodes with every value they produce under a name of its own, inner graphs included. The scope learns the names. */
export function copyNodes(nodes: readonly NodeProto[], scope: Scope, copying: Copying): NodeProto[] {
  for (const name of nodes.flatMap((node) => node.output)) {
    if (name !== "" && !scope.has(name)) {
      scope.set(name, copying.fresh(name));
    }
  }
  const read = (name: string) => (name === "" ? "" : (scope.find(name) ?? copying.outside(name)));
  const copyGraph = (graph: GraphProto): GraphProto => {
    const inner = new Scope(scope);
    const define = (name = "") => {
      const renamed = copying.fresh(name);
      inner.set(name, renamed);
      return renamed;
    };
    const input = graph.input.map((value) => ({ ...value, name: define(value.name) }));
    const listed = new Set(graph.input.map((value) => value.name));
    const initializer = graph.initializer.map((tensor) => {
      const name = tensor.name ?? "";
      return { ...tensor, name: listed.has(name) ? (inner.find(name) ?? "") : define(name) };
    });
    const node = copyNodes(graph.node, inner, copying);
    const output = graph.output.map((value) => {
      const name = value.name ?? "";
      return { ...value, name: inner.find(name) ?? copying.outside(name) };
    });
    return { ...graph, input, initializer, node, output, valueInfo: [] };
  };
  return nodes.map((node) => ({
    ...node,
    // Nodes are named apart too, and a function may be written out often.
    name: "",
    input: node.input.map(read),
    output: node.output.map((name) => (name === "" ? "" : (scope.find(name) ?? name))),
    attribute: (copying.settings?.(node.attribute) ?? node.attribute).map((attribute) =>
      attribute.g || attribute.graphs.length > 0
        ? {
            ...attribute,
            ...(attribute.g ? { g: copyGraph(attribute.g) } : {}),
            graphs: attribute.graphs.map(copyGraph),
          }
        : attribute,
    ),
  }));
}

/** A source of names that no value has, neither in the graph nor in the graphs inside its nodes. */
export function namesOfItsOwn(graph: Graph): (about: string) => string {
  const taken = new Set([...graph.initialisers.keys(), ...graph.inputs.map((input) => input.name ?? "")]);
  const collect = (nodes: readonly NodeProto[]) => {
    for (const node of nodes) {
      for (const output of node.output) {
        taken.add(output);
      }
      for (const inner of innerGraphs(node)) {
        for (const { name } of [...inner.input, ...inner.initializer]) {
          taken.add(name ?? "");
        }
        collect(inner.node);
      }
    }
  };
  collect(graph.nodes);
  return namesBesides(taken);
}
