import { type Message, type Schema, schema } from "./protobufSchema";

/** A file: a graph, the operator sets it is written in, and functions of its own. Property names are those of onnx.proto. */
export interface ModelProto extends Message {
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graph?: GraphProto;
  readonly opsetImport: readonly OperatorSetProto[];
  readonly trainingInfo: readonly Uint8Array[];
  readonly functions: readonly FunctionProto[];
}

/** The version of one domain's operators; the empty domain is ONNX's own. */
export interface OperatorSetProto extends Message {
  readonly domain?: string;
  readonly version?: number;
}

/** Nodes, constant tensors (initialisers), and what goes in and out. */
export interface GraphProto extends Message {
  readonly node: readonly NodeProto[];
  readonly name?: string;
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
  readonly sparseInitializer: readonly Uint8Array[];
}

/** One operator applied to named values; an empty name is an optional value left out. */
export interface NodeProto extends Message {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute: readonly AttributeProto[];
  readonly domain?: string;
}

/** A named setting of a node; `type` says which of the other properties holds it. */
export interface AttributeProto extends Message {
  readonly name?: string;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats: readonly number[];
  readonly ints: readonly bigint[];
  readonly strings: readonly Uint8Array[];
  readonly tensors: readonly TensorProto[];
  readonly graphs: readonly GraphProto[];
  readonly type?: number;
  readonly refAttrName?: string;
  readonly sparseTensor?: Uint8Array;
  readonly sparseTensors: readonly Uint8Array[];
}

/**
 * A constant tensor; its numbers lie in `rawData` (little-endian), in one of the typed runs, or in another file. Those of large ones may not have been
 * read yet: whoever looks at them does so through `tensorNumbers`.
 */
export interface TensorProto extends Message {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly floatData?: Uint8Array;
  readonly int32Data?: Uint8Array;
  readonly stringData: readonly Uint8Array[];
  readonly int64Data?: Uint8Array;
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly doubleData?: Uint8Array;
  readonly uint64Data?: Uint8Array;
  readonly externalData: readonly EntryProto[];
  readonly dataLocation?: number;
}

/** A key and its value. */
export interface EntryProto extends Message {
  readonly key?: string;
  readonly value?: string;
}

/** The name of a value with its type. */
export interface ValueInfoProto extends Message {
  readonly name?: string;
  readonly type?: TypeProto;
}

/** A type; only tensors are looked into, sequences and the like stay as they came. */
export interface TypeProto extends Message {
  readonly tensorType?: TensorTypeProto;
}

/** Element type (see `elementTypes`) and shape; without a shape not even the rank is known. */
export interface TensorTypeProto extends Message {
  readonly elemType?: number;
  readonly shape?: ShapeProto;
}

/** The dimensions of a tensor. */
export interface ShapeProto extends Message {
  readonly dim: readonly DimensionProto[];
}

/** A dimension: a number, a name, or neither. */
export interface DimensionProto extends Message {
  readonly dimValue?: number;
  readonly dimParam?: string;
}

/** An operator defined inside the file by other operators. */
export interface FunctionProto extends Message {
  readonly name?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly string[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetProto[];
  readonly domain?: string;
  readonly attributeProto: readonly AttributeProto[];
}

const entry = schema<EntryProto>("StringStringEntryProto", { key: [1, "string"], value: [2, "string"] });

const operatorSet = schema<OperatorSetProto>("OperatorSetIdProto", { domain: [1, "string"], version: [2, "int"] });

const dimension = schema<DimensionProto>("TensorShapeProto.Dimension", {
  dimValue: [1, "int"],
  dimParam: [2, "string"],
});

const shape = schema<ShapeProto>("TensorShapeProto", { dim: [1, () => dimension, "repeated"] });

const tensorType = schema<TensorTypeProto>("TypeProto.Tensor", { elemType: [1, "int"], shape: [2, () => shape] });

const type = schema<TypeProto>("TypeProto", { tensorType: [1, () => tensorType] });

const valueInfo = schema<ValueInfoProto>("ValueInfoProto", { name: [1, "string"], type: [2, () => type] });

const tensor = schema<TensorProto>("TensorProto", {
  dims: [1, "int", "repeated"],
  dataType: [2, "int"],
  floatData: [4, "packed"],
  int32Data: [5, "packed"],
  stringData: [6, "bytes", "repeated"],
  int64Data: [7, "packed"],
  name: [8, "string"],
  rawData: [9, "bytes"],
  doubleData: [10, "packed"],
  uint64Data: [11, "packed"],
  externalData: [13, () => entry, "repeated"],
  dataLocation: [14, "int"],
});

const attribute: Schema<AttributeProto> = schema<AttributeProto>("AttributeProto", {
  name: [1, "string"],
  f: [2, "float"],
  i: [3, "bigint"],
  s: [4, "bytes"],
  t: [5, () => tensor],
  g: [6, () => graph],
  floats: [7, "float", "repeated"],
  ints: [8, "bigint", "repeated"],
  strings: [9, "bytes", "repeated"],
  tensors: [10, () => tensor, "repeated"],
  graphs: [11, () => graph, "repeated"],
  type: [20, "int"],
  refAttrName: [21, "string"],
  sparseTensor: [22, "bytes"],
  sparseTensors: [23, "bytes", "repeated"],
});

const node = schema<NodeProto>("NodeProto", {
  input: [1, "string", "repeated"],
  output: [2, "string", "repeated"],
  name: [3, "string"],
  opType: [4, "string"],
  attribute: [5, () => attribute, "repeated"],
  domain: [7, "string"],
});

const graph: Schema<GraphProto> = schema<GraphProto>("GraphProto", {
  node: [1, () => node, "repeated"],
  name: [2, "string"],
  initializer: [5, () => tensor, "repeated"],
  input: [11, () => valueInfo, "repeated"],
  output: [12, () => valueInfo, "repeated"],
  valueInfo: [13, () => valueInfo, "repeated"],
  sparseInitializer: [15, "bytes", "repeated"],
});

const functionSchema = schema<FunctionProto>("FunctionProto", {
  name: [1, "string"],
  input: [4, "string", "repeated"],
  output: [5, "string", "repeated"],
  attribute: [6, "string", "repeated"],
  node: [7, () => node, "repeated"],
  opsetImport: [9, () => operatorSet, "repeated"],
  domain: [10, "string"],
  attributeProto: [11, () => attribute, "repeated"],
});

/** The schema of a whole ONNX file. */
export const modelSchema = schema<ModelProto>("ModelProto", {
  irVersion: [1, "int"],
  producerName: [2, "string"],
  producerVersion: [3, "string"],
  graph: [7, () => graph],
  opsetImport: [8, () => operatorSet, "repeated"],
  trainingInfo: [20, "bytes", "repeated"],
  functions: [25, () => functionSchema, "repeated"],
});
