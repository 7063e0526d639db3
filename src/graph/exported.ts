import { elementTypes } from "./elementType";
import { type Graph, linksOf, modelOf } from "./graph";
import { writeModel } from "./modelFile";
import { attributeOf, operatorOf, renameRead } from "./node";
import type { TensorProto } from "./onnxSchema";
import { byteCount } from "./tensor";

/** Numbers of a weight as they go into the file beside an exported model. */
export interface ExportedWeight {
  /** As they are stored; read when they are looked at. */
  readonly bytes: Uint8Array;
  /** Rows and columns of a matrix of 32-bit floats that is to be written the other way round; `null` for what is written as it is. */
  readonly turned: readonly [rows: number, columns: number] | null;
}

/** A graph as a standard file of ONNX, and the weights that come into a file beside it. */
export interface ExportedModel {
  /** The file in pieces, in order. */
  readonly model: readonly Uint8Array[];
  /** What the file beside it holds, one after the other; empty where all weights are small. */
  readonly weights: readonly ExportedWeight[];
}

/** Weights of fewer bytes stay in the model's own file, as the library onnx has it. */
const smallest = 1024;
/** A matrix is held as a whole while it is turned; larger ones are left to the runtime. */
const mostTurned = 2 ** 28;

/** Writes a graph so that its weights lie in the file `location` beside it, and so that matrices of products need not be turned when it is loaded. Nothing of the weights is read. */
export function exported(graph: Graph, location: string): ExportedModel {
  const { turned, ...written } = withoutTurns(graph);
  const weights: ExportedWeight[] = [];
  let offset = 0;
  const outside = (name: string, tensor: TensorProto): TensorProto => {
    const { rawData, ...rest } = tensor;
    const length = byteCount(tensor);
    if (!rawData || (length < smallest && !turned.has(name))) {
      return tensor;
    }
    const [columns = 0, rows = 0] = tensor.dims;
    weights.push({ bytes: rawData, turned: turned.has(name) ? [rows, columns] : null });
    const entries = { location, offset: String(offset), length: String(length) };
    offset += length;
    return { ...rest, dataLocation: 1, externalData: Object.entries(entries).map(([key, value]) => ({ key, value })) };
  };
  const initialisers = new Map([...written.initialisers].map(([name, tensor]) => [name, outside(name, tensor)]));
  const model = modelOf({ ...written, initialisers });
  // A graph must have a name, by the format.
  return { model: writeModel({ ...model, ...(model.graph && { graph: { name: "model", ...model.graph } }) }), weights };
}

/** The graph without the transpositions of weights that nothing else reads: the weights have their sizes turned, and are named in `turned`; their numbers are as before. */
function withoutTurns(graph: Graph): Graph & { readonly turned: ReadonlySet<string> } {
  const links = linksOf(graph);
  const initialisers = new Map(graph.initialisers);
  const renamed = new Map<string, string>();
  const turned = new Set<string>();
  for (const [name, tensor] of graph.initialisers) {
    const readers = links.consumers(name);
    const isMatrix = tensor.dims.length === 2 && tensor.dataType === elementTypes.float32 && tensor.rawData;
    const isTurned = readers.length > 0 && readers.every(isTranspose);
    if (isMatrix && isTurned && byteCount(tensor) <= mostTurned) {
      turned.add(name);
      initialisers.set(name, { ...tensor, dims: tensor.dims.toReversed() });
      for (const output of readers.flatMap((node) => node.output)) {
        renamed.set(output, name);
      }
    }
  }
  const nodes = graph.nodes
    .filter((node) => !renamed.has(node.output[0] ?? ""))
    .map((node) => renameRead(node, renamed));
  return { ...graph, nodes, initialisers, turned };
}

function isTranspose(node: Graph["nodes"][number]): boolean {
  return operatorOf(node) === "Transpose" && (attributeOf(node, "perm")?.ints.join() ?? "1,0") === "1,0";
}
