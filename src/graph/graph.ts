import { ExplainError } from "../common/errors";
import { operatorOf, valuesRead } from "./node";
import type { ModelProto, NodeProto, OperatorSetProto, TensorProto, ValueInfoProto } from "./onnxSchema";
import { corrupt, unsupported } from "./refusal";
import { shorten } from "./tensor";

/** A model as passes work on it. Immutable: a pass returns a new one. Nodes are in topological order. */
export interface Graph {
  /** The model it was read from; what is not below is taken from it when the graph is written. */
  readonly model: ModelProto;
  readonly nodes: readonly NodeProto[];
  readonly initialisers: ReadonlyMap<string, TensorProto>;
  /** What must be fed: initialisers that are listed as inputs, as old files do, are not among them. */
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  /** Types the file gives for values in between; may be missing, and is never needed to be right. */
  readonly valueInfo: ReadonlyMap<string, ValueInfoProto>;
  /** Version of ONNX's own operators. */
  readonly opset: number;
}

/** A step of the rewriting: a new graph that computes the same. */
export type Pass = (graph: Graph) => Graph;

/** The oldest operator set the runtime runs in full. */
const oldestOpset = 7;

/** The graph of a model; throws `model-file-corrupt` for cycles, values that nothing produces or that two nodes produce. */
export function graphOf(model: ModelProto): Graph {
  const proto = model.graph;
  if (!proto) {
    throw corrupt("it holds no graph");
  }
  const initialisers = new Map<string, TensorProto>();
  for (const tensor of proto.initializer) {
    initialisers.set(tensor.name ?? "", tensor);
  }
  const inputs = proto.input.filter((input) => !initialisers.has(input.name ?? ""));
  if (proto.output.length === 0) {
    throw corrupt("it has no outputs");
  }
  const given = new Set([...initialisers.keys(), ...inputs.map((input) => input.name ?? "")]);
  const nodes = topologicalOrder(proto.node, given);
  const available = new Set([...given, ...nodes.flatMap((node) => node.output)]);
  for (const output of proto.output) {
    if (!available.has(output.name ?? "")) {
      throw corrupt(`nothing in it produces its output ${shorten(output.name ?? "")}`);
    }
  }
  return {
    model,
    nodes,
    initialisers,
    inputs,
    outputs: proto.output,
    valueInfo: new Map(proto.valueInfo.map((info) => [info.name ?? "", info])),
    opset: opsetOf(model, nodes),
  };
}

/** The model of a graph, ready to be written. Types are kept only for values that are still there. */
export function modelOf(graph: Graph): ModelProto {
  const produced = new Set(graph.nodes.flatMap((node) => node.output));
  return {
    ...graph.model,
    // From version 4 on initialisers need not be listed as inputs, which lets the runtime treat them as constants.
    irVersion: Math.max(4, graph.model.irVersion ?? 4),
    trainingInfo: [],
    opsetImport: withDomains(graph),
    graph: {
      ...(graph.model.graph ?? { sparseInitializer: [] }),
      node: graph.nodes,
      initializer: [...graph.initialisers.values()],
      input: graph.inputs,
      output: graph.outputs,
      valueInfo: [...graph.valueInfo.values()].filter((info) => produced.has(info.name ?? "")),
    },
  };
}

/** What the file says it uses, and what was written into it of the runtime's own operators. */
function withDomains({ model, nodes }: Graph): readonly OperatorSetProto[] {
  const domain = "com.microsoft";
  const missing =
    nodes.some((node) => node.domain === domain) && !model.opsetImport.some((set) => set.domain === domain);
  return missing ? [...model.opsetImport, { domain, version: 1 }] : model.opsetImport;
}

function opsetOf(model: ModelProto, nodes: readonly NodeProto[]): number {
  const versions = new Map(model.opsetImport.map((set) => [set.domain ?? "", set.version ?? 0]));
  const opset = versions.get("") ?? versions.get("ai.onnx");
  if (opset === undefined) {
    throw unsupported("it does not use ONNX's own operators");
  }
  if (opset < oldestOpset) {
    throw unsupported(`it is written in operator set ${opset}, which is too old (at least ${oldestOpset} is needed)`);
  }
  const local = new Set(model.functions.map((f) => `${f.domain ?? ""}.${f.name ?? ""}`));
  const known = new Set(["", "ai.onnx", "ai.onnx.ml", "com.microsoft"]);
  const foreign = nodes.find((n) => !known.has(n.domain ?? "") && !local.has(`${n.domain ?? ""}.${n.opType ?? ""}`));
  if (foreign) {
    throw new ExplainError(
      "operator-unsupported",
      "This model uses the operator {0}, which is not part of ONNX. Export it with standard operators.",
      shorten(operatorOf(foreign)),
    );
  }
  return opset;
}

/** Which node produces a value, and which nodes read it (inner graphs included). */
export interface Links {
  producer(value: string): NodeProto | undefined;
  consumers(value: string): readonly NodeProto[];
}

/** Looks up producers and consumers by the name of a value. */
export function linksOf(graph: Graph): Links {
  const producers = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.nodes) {
    for (const output of node.output) {
      producers.set(output, node);
    }
    for (const input of new Set(valuesRead(node))) {
      const list = consumers.get(input);
      if (list) {
        list.push(node);
      } else {
        consumers.set(input, [node]);
      }
    }
  }
  return { producer: (value) => producers.get(value), consumers: (value) => consumers.get(value) ?? [] };
}

/** A source of names that no value of the graph has, made from a name that says what they are about. */
export function newNames(graph: Graph): (about: string) => string {
  const taken = new Set([
    ...graph.initialisers.keys(),
    ...graph.inputs.map((input) => input.name ?? ""),
    ...graph.nodes.flatMap((node) => node.output),
  ]);
  return namesBesides(taken);
}

/** A source of names that are not yet taken; what it gives is taken from then on. */
export function namesBesides(taken: Set<string>): (about: string) => string {
  let count = 0;
  return (about) => {
    let name = about;
    // One counter for all names, so that a thousand names about one thing do not take a million tries.
    while (taken.has(name)) {
      name = `${about}~${++count}`;
    }
    taken.add(name);
    return name;
  };
}

/** Values looked at in one search along the graph; real ones take a few dozen steps, a hostile file must not make them quadratic. */
export const longestSearch = 500;

/** The value from which `value` is made by nothing but nodes of a kind, followed through their first inputs. */
export function sourceBefore(value: string, isPassed: (node: NodeProto) => boolean, links: Links): string {
  let current = value;
  for (let steps = 0; steps < longestSearch; steps++) {
    const node = links.producer(current);
    if (!node || !isPassed(node)) {
      break;
    }
    current = node.input[0] ?? "";
  }
  return current;
}

/** Nodes so that each comes after those it reads from; the order of the file where it is already one. */
export function topologicalOrder(nodes: readonly NodeProto[], given: ReadonlySet<string>): NodeProto[] {
  const producers = new Map<string, number>();
  for (const [index, node] of nodes.entries()) {
    for (const output of node.output.filter((name) => name !== "")) {
      if (producers.has(output) || given.has(output)) {
        throw corrupt(`two parts of it produce the value ${shorten(output)}`);
      }
      producers.set(output, index);
    }
  }
  const waitingFor = nodes.map((node) => {
    const needed = new Set(valuesRead(node).filter((name) => !given.has(name)));
    return [...needed].map((name) => {
      const producer = producers.get(name);
      if (producer === undefined) {
        throw corrupt(`nothing in it produces the value ${shorten(name)}`);
      }
      return producer;
    });
  });
  const order: NodeProto[] = [];
  const state = new Uint8Array(nodes.length);
  const [fresh, open, done] = [0, 1, 2];
  for (let root = 0; root < nodes.length; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const index = stack[stack.length - 1] as number;
      if (state[index] === done) {
        stack.pop();
        continue;
      }
      const pending = (waitingFor[index] ?? []).filter((needed) => state[needed] !== done);
      if (pending.length === 0) {
        state[index] = done;
        order.push(nodes[index] as NodeProto);
        stack.pop();
        continue;
      }
      state[index] = open;
      if (pending.some((needed) => state[needed] === open)) {
        throw corrupt("its operators feed each other in a circle");
      }
      stack.push(...pending.filter((needed) => state[needed] === fresh));
    }
  }
  return order;
}
