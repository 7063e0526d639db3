import { elementTypes } from "../elementType";
import { type Graph, topologicalOrder } from "../graph";
import { attributeOf, innerGraphs, integerAttribute, makeNode, operatorOf, valuesRead } from "../node";
import type { GraphProto, NodeProto, TensorProto } from "../onnxSchema";
import { elementCount, tensorNumbers } from "../tensor";
import { copyNodes, namesOfItsOwn, Scope } from "./scope";

/** The input by which a merged decoder is told whether there is a past. */
export const cacheSwitch = "use_cache_branch";

/**
 * Replaces `If` by the branch that is taken, where the condition follows from constants. Merged decoders choose by the input `use_cache_branch`
 * between a branch that reads a past and one that does not; it is taken as `readsPast` says and goes, together with the inputs that only the other
 * branch reads.
 */
export function constantIf(graph: Graph, readsPast = false): Graph {
  if (!graph.nodes.some((node) => operatorOf(node) === "If")) {
    return graph;
  }
  const writer = new Writer(graph, readsPast);
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
  readonly #known = new Map<string, number>();
  readonly #fresh: (about: string) => string;

  constructor(graph: Graph, readsPast: boolean) {
    this.initialisers = new Map(graph.initialisers);
    this.#fresh = namesOfItsOwn(graph);
    for (const tensor of graph.initialisers.values()) {
      this.#note(tensor.name ?? "", scalarOf(tensor));
    }
    const cache = graph.inputs.find(({ name }) => name === cacheSwitch);
    if (cache?.type?.tensorType?.elemType === elementTypes.bool) {
      this.#note(cacheSwitch, readsPast ? 1 : 0);
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
        this.#note(node.output[0] ?? "", resultOf(node, this.#known));
        this.nodes.push(node);
      }
    }
  }

  #branch(node: NodeProto): GraphProto | undefined {
    const condition = this.#known.get(node.input[0] ?? "");
    const branch = attributeOf(node, condition ? "then_branch" : "else_branch")?.g;
    return condition === undefined || branch?.output.length !== node.output.length ? undefined : branch;
  }

  #spliced(node: NodeProto, branch: GraphProto): void {
    const scope = new Scope();
    for (const tensor of branch.initializer) {
      const name = this.#fresh(tensor.name ?? "");
      scope.set(tensor.name ?? "", name);
      this.initialisers.set(name, { ...tensor, name });
      this.#note(name, scalarOf(tensor));
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
