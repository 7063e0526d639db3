import { elementTypes } from "./elementType";
import { type Graph, linksOf, modelOf } from "./graph";
import { writeModel } from "./modelFile";
import { makeNode, operatorOf } from "./node";
import type { NodeProto, TensorProto, ValueInfoProto } from "./onnxSchema";
import { unsupported } from "./refusal";
import { type RunBytes, runBytesOf } from "./runBytes";
import { type RunWork, runWorkOf } from "./runWork";
import { dimension } from "./shapes/dims";
import type { KnownShapes } from "./shapes/known";
import { shapesOf } from "./shapes/shapes";
import { halfOf, placeOf } from "./storedBytes";
import { byteCount } from "./tensor";
import { turnedFactors } from "./turnedFactors";
import { typesOf } from "./types";

/** A graph written as a file for the runtime. */
export interface WrittenModel {
  /** The file in pieces; joined in order they make the model to load. Weights are views into the file as given, or are left there. */
  readonly model: Uint8Array[];
  /** What all weights take, those left in their files included. */
  readonly weightBytes: number;
  /** What those left in their files take, 16-bit ones not among them: the runtime makes 32-bit ones of these. */
  readonly leftBytes: number;
  /** What those take that are in the file itself: they stand there while it is loaded, beside what the runtime makes of them. */
  readonly ownBytes: number;
  /** What a run takes beside them. */
  readonly runBytes: RunBytes;
  /** How much a run calculates. */
  readonly runWork: RunWork;
}

/** One message of the format, and so one file without external data, cannot be larger. */
const largestFile = 2 ** 31 - 1;

/** Writes a graph; throws `model-unsupported` where what must be in the file itself takes more than 2 GB. */
export function written(given: Graph): WrittenModel {
  const graph = turnedFactors(given);
  const placed = weightsInPlace(graph);
  const [shapes, types] = [shapesOf(graph), typesOf(graph)];
  const model = writeModel(modelOf({ ...placed, valueInfo: knownTypes(graph, shapes, types) }));
  if (model.reduce((size, chunk) => size + chunk.length, 0) > largestFile) {
    throw unsupported("its weights take more than 2 GB as 32-bit numbers");
  }
  const isElsewhere = ({ dataLocation }: TensorProto) => dataLocation === 1;
  const weights = [...placed.initialisers.values()];
  const left = weights.filter((tensor) => isElsewhere(tensor) && graph.initialisers.has(tensor.name ?? ""));
  return {
    model,
    weightBytes: bytesOf([...graph.initialisers.values()]),
    leftBytes: bytesOf(left),
    ownBytes: bytesOf(weights.filter((tensor) => !isElsewhere(tensor))),
    runBytes: runBytesOf(graph, shapes, types),
    runWork: runWorkOf(graph, shapes),
  };
}

function bytesOf(tensors: readonly TensorProto[]): number {
  return tensors.reduce((sum, tensor) => sum + byteCount(tensor), 0);
}

/**
 * Types and shapes of all values, as far as they are known. The runtime plans which results may share memory by comparing shapes; where it cannot tell
 * them itself, nothing is shared, and planning takes time that grows with the square of their number.
 */
function knownTypes(
  graph: Graph,
  shapes: KnownShapes,
  types: ReadonlyMap<string, number>,
): Map<string, ValueInfoProto> {
  const known = new Map<string, ValueInfoProto>();
  for (const name of graph.nodes.flatMap((node) => node.output)) {
    const [shape, elemType] = [shapes.of(name), types.get(name)];
    if (shape && elemType !== undefined) {
      known.set(name, { name, type: { tensorType: { elemType, shape: { dim: shape.map(dimension) } } } });
    }
  }
  return known;
}

const smallestInPlace = 2 ** 16;
const products = new Set(["MatMul", "Gemm", "com.microsoft.FusedMatMul"]);

/**
 * The graph with its large weights as external data at the places in the person's own files where they lie. Only matrices that are factors of products:
 * those the runtime packs when it loads, and lets go of the file. Anything else it would read from the file all the time, and a file that is replaced
 * meanwhile would end the engine (or, on Windows, could not be replaced).
 */
function weightsInPlace(graph: Graph): Graph {
  const links = linksOf(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const isPacked = (name: string, { dims, dataType }: TensorProto) =>
    dims.length === 2 &&
    dataType !== elementTypes.float64 &&
    !outputs.has(name) &&
    links.consumers(name).every((node) => {
      const operator = operatorOf(node);
      return products.has(operator) ? node.input.indexOf(name) === 1 : operator === "Transpose";
    });
  const initialisers = new Map(graph.initialisers);
  const turning: NodeProto[] = [];
  for (const [name, tensor] of graph.initialisers) {
    if (!isPacked(name, tensor)) {
      continue;
    }
    const narrow = halfTensor(tensor);
    const half = narrow && inPlace(narrow);
    if (half) {
      const from = `${name}/half`;
      initialisers.delete(name);
      initialisers.set(from, { ...half, name: from });
      turning.push(makeNode("Cast", [from], [name], { to: elementTypes.float32 }));
    } else {
      initialisers.set(name, inPlace(tensor) ?? tensor);
    }
  }
  return { ...graph, initialisers, nodes: [...turning, ...graph.nodes] };
}

/** The 16-bit floats that a weight is turned from, if it is. */
function halfTensor({ rawData, ...rest }: TensorProto): TensorProto | undefined {
  const half = rawData && halfOf(rawData);
  return half && { ...rest, dataType: half.dataType, rawData: half.bytes };
}

/** A large weight at its place in the person's file; `undefined` for one that the runtime cannot read there. */
function inPlace({ rawData, ...rest }: TensorProto): TensorProto | undefined {
  const place = rawData && rawData.length >= smallestInPlace ? placeOf(rawData) : undefined;
  if (!rawData || !place) {
    return undefined;
  }
  const entries = { location: place.location, offset: String(place.offset), length: String(rawData.length) };
  return { ...rest, dataLocation: 1, externalData: Object.entries(entries).map(([key, value]) => ({ key, value })) };
}
