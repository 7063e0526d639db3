import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import type { ModelProto, ValueInfoProto } from "./onnxSchema";
import { Writer } from "./passes/writer";

/** Operator set in which new graphs are written: the first with LayerNormalization. */
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

/** A graph of no file, as it is written down: inputs, outputs, and operators in the order in which they run. */
export class NewGraph extends Writer {
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  constructor() {
    super(empty, "");
  }

  /** Adds an input with named or counted axes, of whole numbers unless told otherwise. */
  input(name: string, axes: readonly (string | number)[], elementType: number = elementTypes.int64): string {
    this.#inputs.push(valueInfo(name, elementType, axes));
    return name;
  }

  /** Gives a value the name of an output, as 32-bit floats with named or counted axes. */
  output(name: string, value: string, axes: readonly (string | number)[]): void {
    this.add("Identity", [value], {}, name);
    this.#outputs.push(valueInfo(name, elementTypes.float32, axes));
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
