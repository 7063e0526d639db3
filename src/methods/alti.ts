import { twoStreams } from "../graph/refusal";
import type { LayerAttention } from "./attentionScores";
import type { AttendedBlock } from "./inside";
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
      const deviations = deviationsOf(block);
      for (let key = 0; map && key < tokens; key++) {
        const nearness = nearnessOf(block, map, key, deviations);
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

/** c_ij of one token j for every i: how much nearer to y_i what it brings is than nothing. `deviations` are those of every y_i before it is normalised. */
function nearnessOf(block: AttendedBlock, map: LayerAttention, key: number, deviations: Float64Array): Float64Array {
  const { reads, result } = block;
  const { width } = result;
  const projected = projectedValues(block, key);
  for (let head = 0; head < block.heads; head++) {
    normaliseLike(projected.subarray(head * width, (head + 1) * width), block);
  }
  const own = Float64Array.from(reads.values.subarray(key * width, (key + 1) * width));
  normaliseLike(own, block);
  const brought = new Float64Array(width);
  return Float64Array.from({ length: map.queries }, (_, query) => {
    const isAnything = weigh(brought, map, projected, { query, key });
    if (query === key) {
      for (let at = 0; at < width; at++) {
        brought[at] = (brought[at] ?? 0) + (own[at] ?? 0);
      }
    } else if (!isAnything) {
      return 0;
    }
    const deviation = deviations[query] ?? 1;
    let nearer = 0;
    for (let at = 0; at < width; at++) {
      const whole = result.values[query * width + at] ?? 0;
      nearer += Math.abs(whole) - Math.abs(whole - (brought[at] ?? 0) / deviation);
    }
    return Math.max(0, nearer);
  });
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

/** What a block's normalisation divides each token's sum by; 1 where there is none. */
function deviationsOf({ normalisation, sum: { width, values } }: AttendedBlock): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, token) => {
    if (!normalisation) {
      return 1;
    }
    const vector = values.subarray(token * width, (token + 1) * width);
    const mean = meanOf(vector);
    return Math.sqrt(meanOf(Float64Array.from(vector, (value) => (value - mean) ** 2)) + normalisation.epsilon);
  });
}

function meanOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) {
    sum += values[at] ?? 0;
  }
  return sum / values.length;
}
