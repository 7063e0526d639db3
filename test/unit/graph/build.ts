import { elementTypes } from "../../../src/graph/elementType";
import { makeNode, type Settings } from "../../../src/graph/node";
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "../../../src/graph/onnxSchema";
import { floatTensor } from "../../../src/graph/tensor";

/** The type of a value; float32 unless told. */
export function value(name: string, elemType: number = elementTypes.float32): ValueInfoProto {
  return { name, type: { tensorType: { elemType } } };
}

/** A value with sizes, each a number or a name; float32 unless told. */
export function shaped(
  name: string,
  dims: readonly (number | string)[],
  elemType: number = elementTypes.float32,
): ValueInfoProto {
  const dim = dims.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A weight of ones. */
export function weight(name: string, dims: readonly number[] = [2, 2]): TensorProto {
  return floatTensor(name, dims, new Float32Array(dims.reduce((count, dim) => count * dim, 1)).fill(1));
}

/** `"y = MatMul(a, b)"` as a node; several results as `"y, mask = Dropout(x)"`. */
export function node(line: string, settings: Settings = {}): NodeProto {
  const [results = "", operator = "", inputs = ""] = line.split(/ = |\(|\)/);
  return makeNode(operator, inputs === "" ? [] : inputs.split(", "), results.split(", "), settings);
}

/** A graph of the given parts. */
export function graphProto(
  nodes: readonly NodeProto[],
  inputs: readonly ValueInfoProto[],
  outputs: readonly string[],
  initializer: readonly TensorProto[] = [],
): GraphProto {
  return {
    node: nodes,
    input: inputs,
    output: outputs.map((name) => value(name)),
    initializer,
    valueInfo: [],
    sparseInitializer: [],
  };
}

/** A model around a graph. */
export function model(graph: GraphProto, opset = 17): ModelProto {
  return { irVersion: 8, graph, opsetImport: [{ version: opset }], trainingInfo: [], functions: [] };
}

/** A seeded stream of numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The lines of one attention block: projections of `from` and `keysFrom`, a map called `<name>.map`, and the result `<name>.out`. */
export function attentionBlock(name: string, from: string, keysFrom = from): NodeProto[] {
  const of = (part: string) => `${name}.${part}`;
  return [
    node(`${of("q")} = MatMul(${from}, wq)`),
    node(`${of("k")} = MatMul(${keysFrom}, wk)`),
    node(`${of("v")} = MatMul(${keysFrom}, wv)`),
    node(`${of("qh")} = Reshape(${of("q")}, heads)`),
    node(`${of("kt")} = Transpose(${of("k")})`),
    node(`${of("scores")} = MatMul(${of("qh")}, ${of("kt")})`),
    node(`${of("scaled")} = Div(${of("scores")}, scale)`),
    node(`${of("masked")} = Add(${of("scaled")}, mask)`),
    node(`${of("map")} = Softmax(${of("masked")})`),
    node(`${of("mixed")} = MatMul(${of("map")}, ${of("v")})`),
    node(`${of("out")} = Add(${of("mixed")}, ${from})`),
  ];
}

/** The weights that {@link attentionBlock} reads. */
export const blockWeights: readonly TensorProto[] = ["wq", "wk", "wv", "heads", "scale"].map((name) =>
  weight(name, [2]),
);

/** The graph inputs that {@link attentionBlock} reads. */
export const blockInputs: readonly ValueInfoProto[] = [value("x"), value("mask")];
