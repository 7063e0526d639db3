import { twoStreams } from "../graph/refusal";
import type { LayerAttention } from "./attentionScores";
import type { AttendedBlock, TokenVectors } from "./inside";
import { normaliseRows, readWeights, throughMatrix } from "./layerProduct";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";
import { projectedValues, weigh } from "./weighedValues";

/**
 * ALTI (Ferrando, Gállego and Costa-jussà 2022, equations 9 to 11): y_i, what attention leaves of token i, is a sum of what each token j brings, T_i(x_j) = Lin(Σ_h A^h_ij v^h_j W^h + [i = j] x_i)/σ_i,
 * and of biases. c_ij = max(0, ‖y_i‖₁ − ‖y_i − T_i(x_j)‖₁), rows normalised, multiplied over the layers. Lin and σ are those of a normalisation right after the sum;
 * without one they are left out.
 */
export const alti: InsideMethod = {
  asks: "inside",
  looks: ["attended", "oneStream"],
  planned: (_, { layers }) => layers,
  async run({ tokens, maps, attended }, { query }, { signal, onProgress }) {
    const layers = await maps();
    const { isAll, blocks } = await attended();
    if (!isAll) {
      throw twoStreams();
    }
    const pacer = new Pacer(signal);
    let row = readWeights(tokens, query(tokens));
    let done = 0;
    for (const [layer, block] of [...blocks.entries()].reverse()) {
      const map = layers[layer];
      const matrix = new Float64Array(tokens * tokens);
      const whole = wholeOf(block);
      // Of the last layer one row is enough where the model reads one token.
      const queries = [...row.keys()].filter((query) => row[query] !== 0);
      for (let key = 0; map && key < tokens; key++) {
        addNearness(matrix, block, map, { key, queries, whole });
        if (pacer.due()) {
          await pacer.rest();
        }
      }
      normaliseRows(matrix, tokens);
      row = throughMatrix(row, matrix);
      done++;
      onProgress?.(done);
    }
    return { values: row, sum: null, evaluations: 1 };
  },
};

/** Of every y_i: by what its normalisation divides (1 without one), and ‖y_i‖₁. */
interface Whole {
  readonly deviations: Float64Array;
  readonly lengths: Float64Array;
}

/** Writes c_ij of one token j into the matrix, for some i: how much nearer to y_i what j brings is than nothing. */
function addNearness(
  matrix: Float64Array,
  block: AttendedBlock,
  map: LayerAttention,
  { key, queries, whole }: { readonly key: number; readonly queries: readonly number[]; readonly whole: Whole },
): void {
  const { width, values } = block.result;
  const projected = projectedValues(block, key);
  for (let head = 0; head < block.heads; head++) {
    normaliseLike(projected.subarray(head * width, (head + 1) * width), block);
  }
  const own = Float64Array.from(block.reads.values.subarray(key * width, (key + 1) * width));
  normaliseLike(own, block);
  const brought = new Float64Array(width);
  for (const query of queries) {
    const divisor = whole.deviations[query] ?? 1;
    const isAnything = weigh(brought, map, projected, { query, key, divisor });
    if (query === key) {
      for (let at = 0; at < width; at++) {
        brought[at] = (brought[at] ?? 0) + (own[at] ?? 0) / divisor;
      }
    } else if (!isAnything) {
      continue;
    }
    let distance = 0;
    for (let at = 0, place = query * width; at < width; at++, place++) {
      distance += Math.abs((values[place] ?? 0) - (brought[at] ?? 0));
    }
    matrix[query * map.keys + key] = Math.max(0, (whole.lengths[query] ?? 0) - distance);
  }
}

/** The linear part of a block's normalisation, in place and without its deviation: less the mean, times the scale. */
function normaliseLike(vector: Float64Array, { normalisation }: AttendedBlock): void {
  if (!normalisation) {
    return;
  }
  const mean = meanOf(vector);
  for (let at = 0; at < vector.length; at++) {
    vector[at] = ((vector[at] ?? 0) - mean) * (normalisation.scale[at] ?? 0);
  }
}

function wholeOf({ normalisation, sum, result }: AttendedBlock): Whole {
  const deviations = new Float64Array(sum.values.length / sum.width);
  const lengths = new Float64Array(deviations.length);
  for (const token of deviations.keys()) {
    const of = ({ values, width }: TokenVectors) => values.subarray(token * width, (token + 1) * width);
    deviations[token] = normalisation ? Math.sqrt(varianceOf(of(sum)) + normalisation.epsilon) : 1;
    lengths[token] = of(result).reduce((total, value) => total + Math.abs(value), 0);
  }
  return { deviations, lengths };
}

function varianceOf(vector: Float32Array): number {
  const mean = meanOf(vector);
  return meanOf(Float64Array.from(vector, (value) => (value - mean) ** 2));
}

function meanOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) {
    sum += values[at] ?? 0;
  }
  return sum / values.length;
}
