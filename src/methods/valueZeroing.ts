import type { TokenVectors } from "./inside";
import { normaliseRows, readWeights, throughMatrix } from "./layerProduct";
import type { InsideMethod } from "./method";

/**
 * Value zeroing (Mohebbi et al. 2023, section 3): c_ij = 1 − cos of what a block leaves of token i with and without the value vectors of token j; rows normalised, multiplied
 * over the layers without the identity, and read in the row of the token that the model reads.
 */
export const valueZeroing: InsideMethod = {
  asks: "inside",
  looks: ["blocks"],
  planned: (tokens) => tokens,
  async run({ tokens, states, zeroValues }, { query }, { onProgress }) {
    const clean = (await states()).slice(1);
    const matrices = clean.map(() => new Float64Array(tokens * tokens));
    await zeroValues((token, left) => {
      for (const [layer, matrix] of matrices.entries()) {
        const [with_, without] = [clean[layer], left[layer]];
        for (let other = 0; with_ && without && other < tokens; other++) {
          matrix[other * tokens + token] = Math.max(0, 1 - cosine(with_, without, other));
        }
      }
      onProgress?.(token + 1);
    });
    let row = readWeights(tokens, query(tokens));
    for (const matrix of matrices.toReversed()) {
      normaliseRows(matrix, tokens);
      row = throughMatrix(row, matrix);
    }
    return { values: row, sum: null, evaluations: tokens };
  },
};

/** The cosine of a token's two vectors. */
function cosine(a: TokenVectors, b: TokenVectors, token: number): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let at = token * a.width; at < (token + 1) * a.width; at++) {
    const [x, y] = [a.values[at] ?? 0, b.values[at] ?? 0];
    product += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return product / Math.sqrt(ofA * ofB || 1);
}
