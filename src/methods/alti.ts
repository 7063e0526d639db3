import { twoStreams } from "../graph/refusal";
import type { LayerAttention } from "./attentionScores";
import type { AttendedBlock } from "./inside";
import { normaliseRows, readWeights, throughMatrix } from "./layerProduct";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";
import { addWeighed, projectedValues } from "./weighedValues";

/**
 * ALTI (Ferrando, Gállego and Costa-jussà 2022, equations 9 to 11): y_i, what attention leaves of token i, is a sum of what each token j brings, T_i(x_j) = Lin(Σ_h A^h_ij v^h_j W^h + [i = j] x_i)/σ_i,
 * and of biases. c_ij = max(0, ‖y_i‖₁ − ‖y_i − T_i(x_j)‖₁), rows normalised, multiplied over the layers. Lin and σ are those of a normalisation right after the sum;
 * without one they are left out.
 */
export const alti: InsideMethod = {
  asks: "inside",
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
      for (let key = 0; map && key < tokens; key++) {
        const nearness = nearnessOf(block, map, key);
        for (const [other, value] of nearness.entries()) {
          matrix[other * tokens + key] = value;
        }
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

/** c_ij of one token j for every i: how much nearer to y_i what it brings is than nothing. */
function nearnessOf(block: AttendedBlock, map: LayerAttention, key: number): Float64Array {
  const { reads, sum, result } = block;
  const { width } = sum;
  const projected = projectedValues(block, key);
  return Float64Array.from({ length: map.queries }, (_, query) => {
    const brought = new Float64Array(width);
    const isAnything = addWeighed(brought, map, projected, { query, key });
    if (query === key) {
      for (let at = 0; at < width; at++) {
        brought[at] = (brought[at] ?? 0) + (reads.values[key * width + at] ?? 0);
      }
    } else if (!isAnything) {
      return 0;
    }
    normaliseLike(brought, block, query);
    let nearer = 0;
    for (let at = 0; at < width; at++) {
      const whole = result.values[query * width + at] ?? 0;
      nearer += Math.abs(whole) - Math.abs(whole - (brought[at] ?? 0));
    }
    return Math.max(0, nearer);
  });
}

/** The linear part of the normalisation of a token's sum, in place: less the mean, times the scale, over the deviation of the sum. */
function normaliseLike(vector: Float64Array, { normalisation, sum: { values } }: AttendedBlock, query: number): void {
  if (!normalisation) {
    return;
  }
  const width = vector.length;
  const { scale, epsilon } = normalisation;
  const whole = values.subarray(query * width, (query + 1) * width);
  const mean = meanOf(whole);
  const deviation = Math.sqrt(meanOf(Float64Array.from(whole, (value) => (value - mean) ** 2)) + epsilon);
  const own = meanOf(vector);
  for (let at = 0; at < width; at++) {
    vector[at] = (((vector[at] ?? 0) - own) * (scale[at] ?? 0)) / deviation;
  }
}

function meanOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) {
    sum += values[at] ?? 0;
  }
  return sum / values.length;
}
