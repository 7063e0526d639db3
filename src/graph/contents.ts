import { type AttentionMap, traceAttention } from "./attention";
import { type Embedding, findEmbedding } from "./embedding";
import { readGraph } from "./explainable";
import type { ReadExternal } from "./externalData";
import { findHiddenStates, type HiddenState } from "./hiddenStates";
import { shapesOf } from "./shapes/shapes";
import { findValues, type WeighedValues } from "./valueVectors";

/** An attention map with what it weighs and how many heads it has, `null` where the graph does not say. */
export interface DescribedMap extends AttentionMap, WeighedValues {
  readonly heads: number | null;
}

/** Everything that is found in a graph by its structure. */
export interface Contents {
  readonly embedding: Embedding | null;
  readonly maps: readonly DescribedMap[];
  readonly states: readonly HiddenState[];
  /** Operator set of the file, and that of the graph it is rewritten to. */
  readonly opset: { readonly shipped: number; readonly used: number };
}

/** Finds out what is in a model file. Throws what `makeExplainable` throws. */
export function contentsOf(file: Uint8Array, externalData?: ReadExternal): Contents {
  const { shipped, graph } = readGraph(file, externalData);
  const maps = traceAttention(graph);
  const values = findValues(graph, maps);
  const shapes = shapesOf(graph);
  return {
    embedding: findEmbedding(graph) ?? null,
    maps: maps.map(({ value, layer, kind, stream }, at) => {
      const heads = shapes.of(value)?.at(-3);
      const weighed = values[at] ?? { values: null, sharedHeads: null, projection: null };
      return { value, layer, kind, stream, heads: typeof heads === "number" ? heads : null, ...weighed };
    }),
    states: findHiddenStates(graph, maps),
    opset: { shipped: shipped.opset, used: graph.opset },
  };
}
