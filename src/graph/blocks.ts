import { activationsOf } from "./activations";
import { type AttentionMap, inComputedOrder, type TracedMap, traceAttention } from "./attention";
import { type Graph, type Links, linksOf, longestSearch, sourceBefore } from "./graph";
import { findHiddenStates, residualSum } from "./hiddenStates";
import { attributeOf, integerAttribute, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { findValues, type OutputProjection, type WeighedValues } from "./valueVectors";

/** The normalisation of a sum, as models that normalise after attention have it. */
export interface SumNormalisation {
  /** What it gives. */
  readonly result: string;
  /** The initialiser that the normalised sum is multiplied with. */
  readonly scale: string;
  readonly epsilon: number;
}

/** How the attention of a block comes back into the stream: y = x + W·(map·values) + b. */
export interface Attended {
  readonly projection: OutputProjection;
  /** The value that holds y, before any normalisation. */
  readonly sum: string;
  /** `null` where the sum itself goes on. */
  readonly normalisation: SumNormalisation | null;
}

/** A block of self-attention: the names of its values. */
export interface Block {
  /** The attention map, [batch, heads, queries, keys]. */
  readonly map: string;
  /** The value vectors, [batch, heads, tokens, width]; `null` where they are laid out in another way. */
  readonly values: string | null;
  /** `null` where something else than one linear map lies between the heads and the stream. */
  readonly attended: Attended | null;
}

/** The blocks of the stream of tokens whose attention is shown. */
export interface Blocks {
  readonly blocks: readonly Block[];
  /** What each block reads, and last what the last one leaves, after a final normalisation; empty where they were not found. */
  readonly states: readonly string[];
  /** All attention maps, of the other stream and between the two as well, in the order in which they are computed. */
  readonly maps: readonly AttentionMap[];
  /** Whether the model has no other attention: no second stream of tokens, and none from one to the other. */
  readonly isAll: boolean;
}

/** Finds the blocks of a graph in normal form, first one first; in the main stream, or in the encoder where that is all there is. */
export function findBlocks(graph: Graph): Blocks {
  const maps = traceAttention(graph);
  const self = maps.filter(({ kind }) => kind === "self");
  const stream = self.some((map) => map.stream === "main") ? "main" : "encoder";
  const own = self.filter((map) => map.stream === stream).toSorted((a, b) => a.layer - b.layer);
  const values = findValues(graph, own);
  const links = linksOf(graph);
  const activations = activationsOf(graph);
  const states = findHiddenStates(graph, maps).filter((state) => state.stream === stream);
  return {
    blocks: own.map((map, at) => ({
      map: map.value,
      values: values[at]?.values ?? null,
      attended: attendedOf(map, values[at]?.projection ?? null, graph, links, activations),
    })),
    states: states.length === own.length + 1 ? states.map(({ value }) => value) : [],
    maps: inComputedOrder(maps),
    isAll: own.length === maps.length,
  };
}

const copying = new Set(["Reshape", "Cast", "Identity", "Squeeze", "Unsqueeze"]);
const normalisations = new Set(["LayerNormalization"]);

function attendedOf(
  map: TracedMap,
  projection: WeighedValues["projection"],
  graph: Graph,
  links: Links,
  activations: ReadonlySet<string>,
): Attended | null {
  const found = residualSum(map, graph, links, activations);
  const added = found?.node.input.find((value) => value !== found.state) ?? "";
  if (
    !found ||
    !projection ||
    sourceBefore(added, (node) => copying.has(operatorOf(node)), links) !== sourceOf(projection, links)
  ) {
    return null;
  }
  const sum = found.node.output[0] ?? "";
  const readers = readersOf(sum, links);
  if (readers.some((node) => operatorOf(node) === "Add")) {
    return { projection, sum, normalisation: null };
  }
  const [reader, second] = readers;
  const scale = reader?.input[1] ?? "";
  const axis = reader ? integerAttribute(reader, "axis", -1) : 0;
  const isNormalised =
    reader &&
    !second &&
    normalisations.has(operatorOf(reader)) &&
    (axis === -1 || axis === 2) &&
    graph.initialisers.has(scale);
  return isNormalised
    ? {
        projection,
        sum,
        normalisation: { result: reader.output[0] ?? "", scale, epsilon: attributeOf(reader, "epsilon")?.f ?? 1e-5 },
      }
    : null;
}

/** What reads a value, or the only copy that is made of it. */
function readersOf(value: string, links: Links): readonly NodeProto[] {
  let current = value;
  for (let steps = 0; ; steps++) {
    const readers = links.consumers(current).filter((node) => operatorOf(node) !== "Shape");
    const [reader, second] = readers;
    if (!reader || second || !copying.has(operatorOf(reader)) || steps >= longestSearch) {
      return readers;
    }
    current = reader.output[0] ?? "";
  }
}

function sourceOf({ result }: OutputProjection, links: Links): string {
  return sourceBefore(result, (node) => copying.has(operatorOf(node)), links);
}
