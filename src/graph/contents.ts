import type { Message } from "../common/message";
import { type AttentionMap, traceAttention } from "./attention";
import { backwardPass } from "./differentiable";
import { type Embedding, findEmbedding } from "./embedding";
import { type RuleSetName, ruleSets } from "./gradient/ruleSets";
import type { Graph } from "./graph";
import { findHiddenStates, type HiddenState } from "./hiddenStates";
import { type InsidePart, missingInside } from "./insideModel";
import type { ReadGraph } from "./readGraph";
import { refusalOf } from "./refusal";
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
  /** Why the backward pass of a rule set cannot be written; rule sets that can are not in it. */
  readonly refused: ReadonlyMap<RuleSetName, Message>;
  /** What methods that look inside would not find, and why. */
  readonly missing: ReadonlyMap<InsidePart, Message>;
}

/** Finds out what is in a graph, and by which rule sets its output `logits` can be explained. */
export function contentsOf({ shipped, graph }: ReadGraph, logits: string): Contents {
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
    refused: refusals(graph, logits),
    missing: missingInside(graph, logits),
  };
}

/** Makes the backward pass of every rule set once, which takes milliseconds, to see which operators it cannot pass. */
function refusals(graph: Graph, logits: string): Map<RuleSetName, Message> {
  const names = Object.keys(ruleSets) as RuleSetName[];
  return new Map(
    names.flatMap((name) => {
      const why = refusalOf(() => backwardPass(graph, logits, name));
      return why ? [[name, why] as const] : [];
    }),
  );
}
