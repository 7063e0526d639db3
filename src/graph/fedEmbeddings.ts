import { cutEmbedding } from "./cutEmbedding";
import { elementTypes } from "./elementType";
import { findEmbeddings } from "./embedding";
import type { Graph } from "./graph";
import { storedAlone } from "./storedBytes";
import { rowsOf } from "./tensor";

/** Word embeddings that a rewritten model is fed, in place of looking them up by token number. */
export interface FedEmbeddings {
  /** The input: float32 [batch, tokens, width]. */
  readonly name: string;
  /** The initialiser that they are rows of. */
  readonly table: string;
  readonly vocabulary: number;
  readonly width: number;
  /** Whether no other stream of the model looks the same tokens up by itself: else only some of what it reads of them is fed. */
  readonly isAll: boolean;
  /** The word embeddings of token ids, one after the other; ids below 0 or beyond the vocabulary have zeros. */
  of(ids: Int32Array): Float32Array;
}

const name = "explain/embeddings";

/**
 * A graph that is fed its word embeddings instead of looking them up, so that the table is never loaded: its rows are read where they lie when a token
 * needs them. `undefined` where there is no table of 32-bit floats that is read by token number.
 */
export function feedEmbeddings(graph: Graph): { readonly graph: Graph; readonly fed: FedEmbeddings } | undefined {
  const streams = findEmbeddings(graph);
  const [embedding] = streams;
  const table = embedding && graph.initialisers.get(embedding.table);
  if (!embedding || table?.dataType !== elementTypes.float32) {
    return undefined;
  }
  const { vocabulary, width } = embedding;
  const { rawData } = table;
  // Else the whole file would be kept as far as it has been read.
  const alone = rawData ? { ...table, rawData: storedAlone(rawData) } : table;
  return {
    graph: cutEmbedding(graph, embedding, name),
    fed: {
      name,
      table: embedding.table,
      vocabulary,
      width,
      isAll: streams.length === 1,
      of: (ids) => rowsOf(alone, ids),
    },
  };
}
