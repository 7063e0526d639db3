import type { AttributeProto, GraphProto, NodeProto } from "./onnxSchema";
import { corrupt } from "./refusal";

const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The operator of a node with its domain: `MatMul`, `com.microsoft.Attention`. */
export function operatorOf(node: NodeProto): string {
  const domain = node.domain ?? "";
  return domain === "" || domain === "ai.onnx" ? (node.opType ?? "") : `${domain}.${node.opType}`;
}

/** The attribute of that name, if the node has it. */
export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

/** An integer attribute, or `fallback` where it is not given; throws `model-file-corrupt` where it is no sensible number. */
export function integerAttribute<T>(node: NodeProto, name: string, fallback: T): number | T {
  const attribute = attributeOf(node, name);
  if (!attribute) {
    return fallback;
  }
  const value = Number(attribute.i ?? 0n);
  if (!Number.isSafeInteger(value)) {
    throw corrupt(`the setting ${name} of an operator is absurdly large`);
  }
  return value;
}

/** The graphs inside a node (branches of If, body of Loop and Scan). */
export function innerGraphs(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) => (attribute.g ? [attribute.g, ...attribute.graphs] : attribute.graphs));
}

/** Every value a node reads: its inputs and what its inner graphs take from outside. */
export function valuesRead(node: NodeProto): string[] {
  const own = node.input.filter((name) => name !== "");
  return node.attribute.some((a) => a.g || a.graphs.length > 0)
    ? [...own, ...innerGraphs(node).flatMap(captured)]
    : own;
}

/** The values a graph reads from the graph around it. */
function captured(graph: GraphProto): string[] {
  const own = new Set<string | undefined>([
    ...graph.input.map((input) => input.name),
    ...graph.initializer.map((tensor) => tensor.name),
    ...graph.node.flatMap((node) => node.output),
  ]);
  const read = [...graph.node.flatMap(valuesRead), ...graph.output.flatMap((output) => output.name ?? [])];
  return read.filter((name) => !own.has(name));
}

/** A node with the values it reads renamed, inner graphs included; what it produces keeps its name. */
export function renameRead(node: NodeProto, renamed: ReadonlyMap<string, string>): NodeProto {
  if (!valuesRead(node).some((name) => renamed.has(name))) {
    return node;
  }
  return {
    ...node,
    input: node.input.map((name) => renamed.get(name) ?? name),
    attribute: node.attribute.map((attribute) => ({
      ...attribute,
      ...(attribute.g ? { g: renameCaptured(attribute.g, renamed) } : {}),
      graphs: attribute.graphs.map((graph) => renameCaptured(graph, renamed)),
    })),
  };
}

function renameCaptured(graph: GraphProto, renamed: ReadonlyMap<string, string>): GraphProto {
  const outside = new Set(captured(graph));
  const relevant = new Map([...renamed].filter(([name]) => outside.has(name)));
  return {
    ...graph,
    node: graph.node.map((node) => renameRead(node, relevant)),
    output: graph.output.map((output) => ({ ...output, name: relevant.get(output.name ?? "") ?? output.name ?? "" })),
  };
}

/** A node of an operator named as {@link operatorOf} does; settings are integers, lists of them, names and single numbers of floating point, which is what rewriting needs. */
export function makeNode(
  operator: string,
  input: readonly string[],
  output: readonly string[],
  settings: Settings = {},
): NodeProto {
  const dot = operator.lastIndexOf(".");
  const own = dot < 0 ? {} : { domain: operator.slice(0, dot) };
  const attribute = Object.entries(settings).map(([name, value]) => ({ ...blankAttribute, name, ...setting(value) }));
  return { ...own, opType: operator.slice(dot + 1), input, output, attribute, name: output[0] ?? operator };
}

type Setting = number | string | readonly number[] | { readonly float: number };

/** Settings of a node by name; plain numbers are integers. */
export type Settings = Readonly<Record<string, Setting>>;

function setting(value: Setting): Partial<AttributeProto> {
  if (typeof value === "number") {
    return { i: BigInt(value), type: attributeTypes.int };
  }
  if (typeof value === "string") {
    return { s: new TextEncoder().encode(value), type: attributeTypes.string };
  }
  return "float" in value
    ? { f: value.float, type: attributeTypes.float }
    : { ints: value.map(BigInt), type: attributeTypes.ints };
}

const blankAttribute = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] } as const;
