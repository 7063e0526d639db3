import { twoStreams } from "../graph/refusal";
import type { LayerAttention } from "./attentionScores";
import type { AttendedBlock, InsideTarget } from "./inside";
import { normaliseRows, readWeights, throughMatrix } from "./layerProduct";
import type { InsideMethod } from "./method";

/**
 * ALTI (Ferrando, Gállego and Costa-jussà 2022, equations 9 to 11): y_i, what attention leaves of token i, is a sum of what each token j brings, T_i(x_j) = Lin(Σ_h A^h_ij v^h_j W^h + [i = j] x_i)/σ_i,
 * and of biases. c_ij = max(0, ‖y_i‖₁ − ‖y_i − T_i(x_j)‖₁), rows normalised, multiplied over the layers. Lin and σ are those of a normalisation right after the sum;
 * without one they are left out.
 */
export const alti: InsideMethod = {
  asks: "inside",
  looks: ["attended", "oneStream"],
  planned: (_, { layers }) => layers,
  async run(target, { query }, { onProgress }) {
    const { tokens } = target;
    const layers = await target.maps();
    const { isAll, blocks } = await target.attended();
    if (!isAll) {
      throw twoStreams();
    }
    let row = readWeights(tokens, query(tokens));
    let done = 0;
    for (const [layer, block] of [...blocks.entries()].reverse()) {
      const map = layers[layer];
      // Of the last layer one row is enough where the model reads one token.
      const queries = [...row.keys()].filter((query) => row[query] !== 0);
      const matrix = map ? await nearness(target, block, map, queries) : new Float64Array(tokens * tokens);
      normaliseRows(matrix, tokens);
      row = throughMatrix(row, matrix);
      done++;
      onProgress?.(done);
    }
    return { values: row, sum: null, evaluations: 1 };
  },
};

/**
 * How many numbers of what tokens bring to others are there at once, or what one token brings to all: few enough to stay in a processor's cache, and the same everywhere,
 * since how many are computed together may change last digits.
 */
const numbersAtOnce = 2 ** 19;

/** c_ij of all tokens j, for some i: how much nearer to y_i what j brings is than nothing. */
async function nearness(
  { distances }: InsideTarget,
  block: AttendedBlock,
  map: LayerAttention,
  queries: readonly number[],
): Promise<Float64Array> {
  const { width, values } = block.result;
  const { keys, heads } = map;
  const matrix = new Float64Array(keys * keys);
  const left = new Float32Array(queries.length * width);
  for (const [at, query] of queries.entries()) {
    left.set(values.subarray(query * width, (query + 1) * width), at * width);
  }
  const lengths = queries.map((_, at) => lengthOf(left.subarray(at * width, (at + 1) * width)));
  const shares = sharesOf(block, map, queries);
  const ofKey = queries.length * (heads + 1);
  const count = Math.max(1, Math.floor(numbersAtOnce / left.length));
  for (let first = 0; first < keys; first += count) {
    const end = Math.min(keys, first + count);
    const own = shares.subarray(first * ofKey, end * ofKey);
    const found = await distances(block, { first, end, left, shares: own });
    for (const [at, distance] of found.entries()) {
      if (bringsAnything(own, at, heads)) {
        const [key, query] = [first + Math.floor(at / queries.length), at % queries.length];
        matrix[(queries[query] ?? 0) * keys + key] = Math.max(0, (lengths[query] ?? 0) - distance);
      }
    }
  }
  return matrix;
}

/** In which shares the heads' vectors of all tokens, and last their own states, come to some: [keys, queries, heads + 1]. */
function sharesOf(
  block: AttendedBlock,
  { heads, queries: rows, keys, values }: LayerAttention,
  queries: readonly number[],
): Float32Array {
  const parts = heads + 1;
  const shares = new Float32Array(keys * queries.length * parts);
  for (const [at, query] of queries.entries()) {
    const divisor = deviationOf(block, query);
    for (let head = 0; head < heads; head++) {
      const line = (head * rows + query) * keys;
      for (let key = 0; key < keys; key++) {
        shares[(key * queries.length + at) * parts + head] = (values[line + key] ?? 0) / divisor;
      }
    }
    shares[(query * queries.length + at) * parts + heads] = 1 / divisor;
  }
  return shares;
}

/** Whether any share of one token in another is more than 0: what rounding leaves of nothing is no nearness. */
function bringsAnything(shares: Float32Array, at: number, heads: number): boolean {
  for (let place = at * (heads + 1); place < (at + 1) * (heads + 1); place++) {
    if (shares[place] !== 0) {
      return true;
    }
  }
  return false;
}

/** By what the normalisation of a block divides a token: 1 without one. */
function deviationOf({ normalisation, sum: { width, values } }: AttendedBlock, token: number): number {
  if (!normalisation) {
    return 1;
  }
  const vector = values.subarray(token * width, (token + 1) * width);
  const mean = vector.reduce((sum, value) => sum + value, 0) / width;
  const variance = vector.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
  return Math.sqrt(variance + normalisation.epsilon);
}

function lengthOf(vector: Float32Array): number {
  return vector.reduce((total, value) => total + Math.abs(value), 0);
}
