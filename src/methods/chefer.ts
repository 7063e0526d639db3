import { twoStreams } from "../graph/refusal";
import type { MapGradients } from "./inside";
import { addProduct, readWeights, throughMatrix } from "./layerProduct";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";

/**
 * Relevance through attention (Chefer, Gur and Wolf, ICCV 2021, equations 5 and 6): from R = I, first layer first, R ← R + ĀR with Ā = mean_h max(0, ∂f/∂A ⊙ A); where the output looks at
 * the text, equations 8 to 10 ({@link throughBoth}). Read in the row of the token that the model reads (or the mean of all rows), without the 1 that R begins with there: what is left came
 * through attention.
 */
export const chefer: InsideMethod = {
  asks: "inside",
  looks: ["gradients", "oneStream"],
  planned: () => 1,
  async run({ tokens, gradients }, { query }, { signal, onProgress }) {
    const { maps, isAll, outputFrom } = await gradients();
    if (!isAll) {
      throw twoStreams();
    }
    onProgress?.(1);
    const pacer = new Pacer(signal);
    const start = readWeights(tokens, query(tokens));
    if (outputFrom !== null) {
      const between = await throughBoth(maps, tokens, outputFrom, pacer);
      return { values: throughMatrix(start, between), sum: null, evaluations: 1 };
    }
    let row = start;
    // One row of the product is enough, from the last layer on.
    for (const map of maps.toReversed()) {
      row = throughLayer(row, map);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    return { values: row.map((value, token) => value - (start[token] ?? 0)), sum: null, evaluations: 1 };
  },
};

/** r + rĀ for a row r. */
function throughLayer(row: Float64Array, { heads, queries, keys, values, slopes }: MapGradients): Float64Array {
  const next = row.slice();
  for (let at = 0; at < heads * queries; at++) {
    const share = (row[at % queries] ?? 0) / heads;
    if (share !== 0) {
      for (let key = 0; key < keys; key++) {
        const weighted = (values[at * keys + key] ?? 0) * (slopes[at * keys + key] ?? 0);
        if (weighted > 0) {
          next[key] = (next[key] ?? 0) + share * weighted;
        }
      }
    }
  }
  return next;
}

/**
 * R − I of a text and an output, [tokens, tokens], the output from `outputFrom` on: within each, R ← R + ĀR (equations 5 and 6); where the output looks at the text,
 * R_ot ← R_ot + R̄_ooᵀ·Ā·R̄_tt (equation 10), with R̄ = R − I in rows that add up to 1, plus I (equations 8 and 9).
 */
async function throughBoth(
  maps: readonly MapGradients[],
  tokens: number,
  outputFrom: number,
  pacer: Pacer,
): Promise<Float64Array> {
  let brought = new Float64Array(tokens * tokens);
  for (const map of maps) {
    const next = brought.slice();
    // What is now looked at has brought this so far.
    const whole = map.kind === "cross" ? withinParts(brought, tokens, outputFrom) : withOwn(brought, tokens);
    for (let query = 0; query < tokens; query++) {
      const weights = weightedRow(map, query);
      if (weights.every((weight) => weight === 0)) {
        continue;
      }
      const added = new Float64Array(tokens);
      addProduct(weights, whole, added);
      if (map.kind === "self") {
        addTo(next, query * tokens, added, 1);
      } else {
        // Transposed, as in the paper: what a token of the output brings to others goes on with what it looks at.
        for (let token = outputFrom; token < tokens; token++) {
          addTo(next, token * tokens, added, whole[query * tokens + token] ?? 0);
        }
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    brought = next;
  }
  return brought;
}

/** mean_h max(0, ∂f/∂A ⊙ A) of one query. */
function weightedRow({ heads, queries, keys, values, slopes }: MapGradients, query: number): Float64Array {
  const row = new Float64Array(keys);
  for (let head = 0; head < heads; head++) {
    const from = (head * queries + query) * keys;
    for (let key = 0; key < keys; key++) {
      row[key] = (row[key] ?? 0) + Math.max(0, (values[from + key] ?? 0) * (slopes[from + key] ?? 0)) / heads;
    }
  }
  return row;
}

/** What was brought, plus I. */
function withOwn(brought: Float64Array, tokens: number): Float64Array {
  const whole = brought.slice();
  for (let token = 0; token < tokens; token++) {
    whole[token * (tokens + 1)] = (whole[token * (tokens + 1)] ?? 0) + 1;
  }
  return whole;
}

/** What was brought within the text and within the output, in rows that add up to 1 where there is anything, plus I. */
function withinParts(brought: Float64Array, tokens: number, outputFrom: number): Float64Array {
  const within = new Float64Array(tokens * tokens);
  for (let query = 0; query < tokens; query++) {
    const [from, end] = query < outputFrom ? [0, outputFrom] : [outputFrom, tokens];
    const row = brought.subarray(query * tokens + from, query * tokens + end);
    const total = row.reduce((sum, value) => sum + value, 0);
    if (total > 0) {
      addTo(within, query * tokens + from, row, 1 / total);
    }
  }
  return withOwn(within, tokens);
}

function addTo(matrix: Float64Array, start: number, row: Float64Array, share: number): void {
  for (const [at, value] of row.entries()) {
    matrix[start + at] = (matrix[start + at] ?? 0) + share * value;
  }
}
