import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect } from "vitest";
import { elementTypes } from "../../src/graph/elementType";
import { writeModel } from "../../src/graph/modelFile";
import type { AttributeProto, ModelProto, NodeProto, TensorProto } from "../../src/graph/onnxSchema";
import { joinChunks } from "../../src/graph/protobufWriter";
import { floatTensor } from "../../src/graph/tensor";
import { graphProto, model, node, randomNumbers, shaped } from "../unit/graph/build";

type Settings = Readonly<Record<string, number | readonly number[]>>;

/** The fields of a setting that are lists, empty. */
export const none = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };

/** A node with settings that are floats or lists too, and a domain. */
export function op(line: string, integers: Settings = {}, floats: Readonly<Record<string, number>> = {}): NodeProto {
  const microsoft = line.includes("ms.");
  const plain = node(line.replace("ms.", ""));
  const attribute: AttributeProto[] = [
    ...Object.entries(integers).map(([name, value]) =>
      typeof value === "number"
        ? { ...none, name, i: BigInt(value), type: 2 }
        : { ...none, name, ints: value.map(BigInt), type: 7 },
    ),
    ...Object.entries(floats).map(([name, f]) => ({ ...none, name, f, type: 1 })),
  ];
  return { ...plain, attribute, ...(microsoft ? { domain: "com.microsoft" } : {}) };
}

const random = randomNumbers(3);
const noise = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
/** A weight of random numbers between −1 and 1. */
export const weights = (name: string, ...dims: number[]): TensorProto =>
  floatTensor(name, dims, noise(dims.reduce((product, dim) => product * dim, 1)));

/** x is [2, 3, 8], the other inputs are named after what they hold. */
const inputs = {
  x: { info: shaped("x", ["batch", "tokens", 8]), make: () => new Tensor("float32", noise(48), [2, 3, 8]) },
  skip: { info: shaped("skip", ["batch", "tokens", 8]), make: () => new Tensor("float32", noise(48), [2, 3, 8]) },
  tall: { info: shaped("tall", ["batch", 8, "tokens"]), make: () => new Tensor("float32", noise(48), [2, 8, 3]) },
  mask: {
    info: shaped("mask", ["batch", "tokens"], elementTypes.int32),
    make: () => new Tensor("int32", Int32Array.of(1, 1, 1, 1, 1, 0), [2, 3]),
  },
  ids: {
    info: shaped("ids", ["batch", "tokens"], elementTypes.int32),
    make: () => new Tensor("int32", Int32Array.of(0, 4, 2, 3, 3, 1), [2, 3]),
  },
} as const;

/** A small graph to run as shipped and rewritten. */
export interface Case {
  readonly nodes: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
  readonly outputs?: readonly string[];
}

/** A model of a case in an operator set; `y` is its output where it does not say otherwise. */
export function modelFrom(opset: number, { nodes, weights: initialisers = [], outputs = ["y"] }: Case): ModelProto {
  const read = new Set(nodes.flatMap((n) => n.input));
  const fed = Object.entries(inputs).filter(([name]) => read.has(name));
  const graph = graphProto(
    nodes,
    fed.map(([, { info }]) => info),
    outputs,
    initialisers,
  );
  const plain = model(graph, opset);
  return { ...plain, opsetImport: [...plain.opsetImport, { domain: "com.microsoft", version: 1 }] };
}

/** Runs two models on the same random inputs and expects the same results. */
export async function expectSame(shipped: ModelProto, rewritten: ModelProto): Promise<void> {
  const feeds = Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => shipped.graph?.input.some((input) => input.name === name))
      .map(([name, { make }]) => [name, make()]),
  );
  const results = [];
  for (const proto of [shipped, rewritten]) {
    const session = await InferenceSession.create(joinChunks(writeModel(proto)), {
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    results.push(await session.run(feeds));
    await session.release();
  }
  const [expected = {}, actual = {}] = results;
  for (const [name, tensor] of Object.entries(expected)) {
    expect(actual[name]?.dims).toEqual(tensor.dims);
    const values = Array.from(actual[name]?.data as Float32Array, Number);
    const wanted = Array.from(tensor.data as Float32Array, Number);
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.05);
    const worst = values
      .map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN)))
      .reduce((a, b) => Math.max(a, b));
    expect(worst).toBeLessThan(1e-5);
  }
}
