import { type Graph, newNames } from "../graph";
import { makeNode, operatorOf } from "../node";
import type { AttributeProto, NodeProto, TensorProto } from "../onnxSchema";
import { floatTensor, integerTensor } from "../tensor";

/** Integer settings of a node by name. */
export type Settings = Readonly<Record<string, number | readonly number[]>>;

/**
 * A graph in which nodes of the given operators are written out: by the function that `start` gives, which adds to the writer, or says with
 * `false` that the node stays. Without such nodes the graph comes back as it is, and `start` is not called.
 */
export function writtenOut(
  graph: Graph,
  operators: ReadonlySet<string>,
  start: (writer: Writer) => (node: NodeProto) => boolean,
): Graph {
  if (!graph.nodes.some((node) => operators.has(operatorOf(node)))) {
    return graph;
  }
  const writer = new Writer(graph);
  const write = start(writer);
  for (const node of graph.nodes) {
    if (!operators.has(operatorOf(node)) || !write(node)) {
      writer.nodes.push(node);
    }
  }
  return { ...graph, nodes: writer.nodes, initialisers: writer.initialisers };
}

/** Collects the nodes and constants of a graph in which fused operators are written out; what is added gets names of its own. */
export class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initialisers: Map<string, TensorProto>;
  readonly opset: number;
  readonly #fresh: (about: string) => string;
  readonly #prefix: string;
  readonly #constants = new Map<string, string>();

  /** `prefix` begins the names of what is added. */
  constructor(graph: Graph, prefix = "lowered/") {
    this.#prefix = prefix;
    this.initialisers = new Map(graph.initialisers);
    this.opset = graph.opset;
    this.#fresh = newNames(graph);
  }

  /** Adds a node with one result and gives the name of it: a new one, unless told. */
  add(
    operator: string,
    input: readonly string[],
    settings: Settings = {},
    output = this.#fresh(`${this.#prefix}${operator}`),
  ): string {
    this.nodes.push(makeNode(operator, input, [output], settings));
    return output;
  }

  /** LayerNormalization over the last axis. */
  layerNormalization(input: readonly string[], epsilon: number, output?: string): string {
    const name = output ?? this.#fresh(`${this.#prefix}LayerNormalization`);
    const node = makeNode("LayerNormalization", input, [name], { axis: -1 });
    this.nodes.push({ ...node, attribute: [...node.attribute, floatSetting("epsilon", epsilon)] });
    return name;
  }

  /** ReduceSum, ReduceMean or ReduceMax over one axis, as the operator set of the graph writes it. */
  reduce(
    operator: "ReduceSum" | "ReduceMean" | "ReduceMax",
    x: string,
    axis: number,
    keepdims: 0 | 1,
    output?: string,
  ): string {
    const asInput = this.opset >= (operator === "ReduceSum" ? 13 : 18);
    return asInput
      ? this.add(operator, [x, this.integers(axis)], { keepdims }, output)
      : this.add(operator, [x], { keepdims, axes: [axis] }, output);
  }

  /** Adds a node with several results and gives their names. */
  several(operator: string, input: readonly string[], count: number, settings: Settings = {}): readonly string[] {
    const names = Array.from({ length: count }, () => this.#fresh(`${this.#prefix}${operator}`));
    this.nodes.push(makeNode(operator, input, names, settings));
    return names;
  }

  /** The two halves of a value along an axis. */
  halves(x: string, axis: number): readonly [string, string] {
    const [first = "", second = ""] = this.several("Split", [x], 2, { axis, num_outputs: 2 });
    return [first, second];
  }

  /** The integers from 0 to a count without dimensions, the count itself left out. */
  range(count: string): string {
    return this.add("Range", [this.integer(0), count, this.integer(1)]);
  }

  /** A constant float without dimensions. */
  float(value: number): string {
    return this.#shared(`f${value}`, () => floatTensor("", [], Float32Array.of(value)));
  }

  /** A constant vector of integers. */
  integers(...values: number[]): string {
    return this.#shared(`i${values}`, () => integerTensor("", [values.length], values.map(BigInt)));
  }

  /** A constant integer without dimensions. */
  integer(value: number): string {
    return this.#shared(`n${value}`, () => integerTensor("", [], [BigInt(value)]));
  }

  constant(tensor: TensorProto, about = "constant"): string {
    const name = this.#fresh(`${this.#prefix}${about}`);
    this.initialisers.set(name, { ...tensor, name });
    return name;
  }

  #shared(key: string, make: () => TensorProto): string {
    const name = this.#constants.get(key) ?? this.constant(make());
    this.#constants.set(key, name);
    return name;
  }
}

function floatSetting(name: string, f: number): AttributeProto {
  const none = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };
  return { ...none, name, f, type: 1 };
}
