import { cutEmbedding } from "./cutEmbedding";
import { elementTypes } from "./elementType";
import { type Embedding, findEmbeddings, outputIds } from "./embedding";
import type { Graph } from "./graph";
import type { TensorProto } from "./onnxSchema";
import { storedAlone } from "./storedBytes";
import { rowsOf } from "./tensor";

/** What stands for a vector in place of a token id: zeros, and the mean of all words' embeddings. */
export const zeroVector = -1;
export const meanVector = -2;

/** Word embeddings of one stream of tokens that a rewritten model is fed, in place of looking them up by token number. */
export interface FedStream {
  /** The input: float32 [batch, tokens, width]. */
  readonly name: string;
  /** The initialiser that they are rows of. */
  readonly table: string;
  readonly vocabulary: number;
  readonly width: number;
  /** Makes ready what {@link of} cannot read from one place: the mean of all words, where one of the ids is {@link meanVector}. Pauses on the way. */
  prepare(ids: Int32Array): Promise<void>;
  /** The word embeddings of token ids, one after the other; other ids below 0, and those beyond the vocabulary, have zeros. */
  of(ids: Int32Array): Float32Array;
}

/** The word embeddings that a rewritten model is fed: those of its text. */
export interface FedEmbeddings extends FedStream {
  /** Those of the output so far, of the same width, where a decoder is given it; `null` in other models. */
  readonly output: FedStream | null;
  /** Whether no other stream of the model looks the same tokens up by itself: else only some of what it reads of them is fed. */
  readonly isAll: boolean;
}

const name = "explain/embeddings";
const outputName = "explain/outputEmbeddings";

/**
 * A graph that is fed its word embeddings instead of looking them up, so that no table is loaded: rows are read where they lie when a token
 * needs them. `undefined` where there is no table of 32-bit floats that is read by token number.
 */
export function feedEmbeddings(graph: Graph): { readonly graph: Graph; readonly fed: FedEmbeddings } | undefined {
  const streams = findEmbeddings(graph);
  const own = streams.find(({ ids }) => ids !== outputIds);
  const output = streams.find(({ ids }) => ids === outputIds);
  const source = own && streamOf(graph, own, name);
  if (!source) {
    return undefined;
  }
  const further = output ? streamOf(graph, output, outputName) : undefined;
  const cut = cutEmbedding(graph, own, name);
  return {
    graph: output && further ? cutEmbedding(cut, output, outputName) : cut,
    fed: {
      ...source,
      output: further ?? null,
      isAll: streams.every((stream) => stream === own || (stream === output && further)),
    },
  };
}

/** How one stream is fed; `undefined` where its table does not hold 32-bit floats. */
function streamOf(
  graph: Graph,
  { table: tableName, vocabulary, width }: Embedding,
  input: string,
): FedStream | undefined {
  const table = graph.initialisers.get(tableName);
  if (table?.dataType !== elementTypes.float32) {
    return undefined;
  }
  const { rawData } = table;
  // Else the whole file would be kept as far as it has been read.
  const alone = rawData ? { ...table, rawData: storedAlone(rawData) } : table;
  let asked: Promise<Float32Array> | undefined;
  let mean: Float32Array | undefined;
  return {
    name: input,
    table: tableName,
    vocabulary,
    width,
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
