import { cutEmbedding } from "./cutEmbedding";
import { elementTypes } from "./elementType";
import { findEmbeddings } from "./embedding";
import type { Graph } from "./graph";
import type { TensorProto } from "./onnxSchema";
import { storedAlone } from "./storedBytes";
import { rowsOf } from "./tensor";

/** What stands for a vector in place of a token id: zeros, and the mean of all words' embeddings. */
export const zeroVector = -1;
export const meanVector = -2;

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
  /** Makes ready what {@link of} cannot read from one place: the mean of all words, where one of the ids is {@link meanVector}. Pauses on the way. */
  prepare(ids: Int32Array): Promise<void>;
  /** The word embeddings of token ids, one after the other; other ids below 0, and those beyond the vocabulary, have zeros. */
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
  let asked: Promise<Float32Array> | undefined;
  let mean: Float32Array | undefined;
  return {
    graph: cutEmbedding(graph, embedding, name),
    fed: {
      name,
      table: embedding.table,
      vocabulary,
      width,
      isAll: streams.length === 1,
      prepare: async (ids) => {
        if (ids.includes(meanVector)) {
          asked ??= meanRow(alone, vocabulary, width);
          mean = await asked;
        }
      },
      of: (ids) => {
        const rows = rowsOf(alone, ids);
        for (let at = ids.indexOf(meanVector); mean && at >= 0; at = ids.indexOf(meanVector, at + 1)) {
          rows.set(mean, at * width);
        }
        return rows;
      },
    },
  };
}

/** Rows that are added up at once. */
const rowsAtOnce = 2048;

async function meanRow(table: TensorProto, vocabulary: number, width: number): Promise<Float32Array> {
  const sum = new Float64Array(width);
  for (let first = 0; first < vocabulary; first += rowsAtOnce) {
    const ids = Int32Array.from({ length: Math.min(rowsAtOnce, vocabulary - first) }, (_, at) => first + at);
    rowsOf(table, ids).forEach((value, at) => {
      sum[at % width] = (sum[at % width] ?? 0) + value;
    });
    await new Promise(setImmediate);
  }
  return Float32Array.from(sum, (total) => total / vocabulary);
}
