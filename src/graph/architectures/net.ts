import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import type { ModelProto, ValueInfoProto } from "../onnxSchema";
import { Writer } from "../passes/writer";
import { shorten } from "../tensor";
import { corruptWeights } from "./refusals";
import type { Weights } from "./weights";

/** Operator set in which checkpoints are written: the first with LayerNormalization. */
const opset = 17;
const model: ModelProto = {
  irVersion: 8,
  producerName: "explain-with-transformer",
  opsetImport: [{ domain: "", version: opset }],
  trainingInfo: [],
  functions: [],
};
const empty: Graph = {
  model,
  opset,
  nodes: [],
  initialisers: new Map(),
  inputs: [],
  outputs: [],
  valueInfo: new Map(),
};

/** A forward pass as it is written down: inputs, weights under their names in the checkpoint, and operators in the order in which they run. */
export class Net extends Writer {
  readonly #weights: Weights;
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #taken = new Map<string, string>();

  constructor(weights: Weights) {
    super(empty, "");
    this.#weights = weights;
  }

  /** Adds an input of whole numbers with named axes. */
  input(name: string, axes: readonly string[]): string {
    this.#inputs.push(valueInfo(name, elementTypes.int64, axes));
    return name;
  }

  /** Gives a value the name of an output, as 32-bit floats with named or counted axes. */
  output(name: string, value: string, axes: readonly (string | number)[]): void {
    this.add("Identity", [value], {}, name);
    this.#outputs.push(valueInfo(name, elementTypes.float32, axes));
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  /** The weight under a name of the checkpoint, which must have these sizes. Throws `model-file-corrupt` where it is missing or has others. */
  weight(name: string, dims: readonly number[]): string {
    const known = this.#taken.get(name);
    const tensor = known === undefined ? this.#weights.find(name) : this.initialisers.get(known);
    if (!tensor) {
      throw corruptWeights(`it has no weights ${shorten(name)}`);
    }
    if (tensor.dims.length !== dims.length || tensor.dims.some((size, axis) => size !== dims[axis])) {
      throw corruptWeights(`${shorten(name)} is ${tensor.dims.join(" × ")} instead of ${dims.join(" × ")}`);
    }
    const own = known ?? this.constant(tensor, name);
    this.#taken.set(name, own);
    return own;
  }

  /** The whole graph. */
  graph(): Graph {
    return {
      ...empty,
      nodes: this.nodes,
      initialisers: this.initialisers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }
}

function valueInfo(name: string, elemType: number, axes: readonly (string | number)[]): ValueInfoProto {
  const dim = axes.map((axis) => (typeof axis === "number" ? { dimValue: axis } : { dimParam: axis }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
