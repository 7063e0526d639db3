import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { prune } from "./prune";
import { Writer } from "./writer";

/** How the states of a text's tokens become one vector: the first or last token's, the largest of each number, or a mean, by √tokens or with weights 1, 2, … */
export type Pooling = "first" | "last" | "max" | "mean" | "rootMean" | "weightedMean";

/**
 * The graph with one output, float32 [batch, width]: the embedding of each text, of unit length. `states` is a value [batch, tokens, width] that is pooled in each of
 * `ways`, joined in that order, as sentence-transformers does; without a way it is a value [batch, width] that is pooled already. No token may be padding.
 */
export function pooledEmbedding(graph: Graph, states: string, ways: readonly Pooling[]): Graph {
  const writer = new Writer(graph);
  const vectors = ways.map((way) => poolers[way](writer, states));
  const [only = states, ...more] = vectors;
  const whole = more.length === 0 ? only : writer.add("Concat", vectors, { axis: -1 });
  const unit = unitLength(writer, whole);
  const type = { tensorType: { elemType: elementTypes.float32 } };
  const nodes = [...graph.nodes, ...writer.nodes];
  return prune({ ...graph, nodes, initialisers: writer.initialisers, outputs: [{ name: unit, type }] });
}

const poolers: Readonly<Record<Pooling, (writer: Writer, states: string) => string>> = {
  first: (writer, states) => writer.add("Gather", [states, writer.integer(0)], { axis: 1 }),
  last: (writer, states) => writer.add("Gather", [states, writer.integer(-1)], { axis: 1 }),
  max: (writer, states) => writer.reduce("ReduceMax", states, 1, 0),
  mean: (writer, states) => writer.reduce("ReduceMean", states, 1, 0),
  rootMean(writer, states) {
    const root = writer.add("Sqrt", [writer.add("Cast", [tokensOf(writer, states)], { to: elementTypes.float32 })]);
    return writer.add("Mul", [writer.reduce("ReduceMean", states, 1, 0), root]);
  },
  weightedMean(writer, states) {
    const end = writer.add("Add", [tokensOf(writer, states), writer.integer(1)]);
    const numbers = writer.add("Range", [writer.integer(1), end, writer.integer(1)]);
    const weights = writer.add("Cast", [numbers], { to: elementTypes.float32 });
    const share = writer.add("Div", [weights, writer.reduce("ReduceSum", weights, 0, 1)]);
    const column = writer.add("Reshape", [share, writer.integers(-1, 1)]);
    return writer.reduce("ReduceSum", writer.add("Mul", [states, column]), 1, 0);
  },
};

/** How many tokens there are, a number without dimensions. */
function tokensOf(writer: Writer, states: string): string {
  return writer.add("Gather", [writer.add("Shape", [states]), writer.integer(1)], { axis: 0 });
}

/** Vectors of length 1; that of nothing but zeros stays. Written in operators that every way back through a model has a rule for. */
function unitLength(writer: Writer, vectors: string): string {
  const squares = writer.reduce("ReduceSum", writer.add("Mul", [vectors, vectors]), -1, 1);
  const length = writer.add("Sqrt", [writer.add("Add", [squares, writer.float(1e-24)])]);
  return writer.add("Div", [vectors, length]);
}
