/** Where a walk back through the layers begins: all weight on the token that the model reads, or spread evenly where it reads all. */
export function readWeights(tokens: number, read: readonly number[]): Float64Array {
  const weights = new Float64Array(tokens);
  for (const token of read) {
    weights[token] = 1 / read.length;
  }
  return weights;
}

/** One step back through a layer: the row times the layer's matrix, [tokens, tokens]. */
export function throughMatrix(row: Float64Array, matrix: ArrayLike<number>): Float64Array {
  const tokens = row.length;
  const before = new Float64Array(tokens);
  for (const [query, share] of row.entries()) {
    for (let key = 0; key < tokens; key++) {
      before[key] = (before[key] ?? 0) + share * (matrix[query * tokens + key] ?? 0);
    }
  }
  return before;
}

/** Divides each row of a matrix by its sum; a row of nothing becomes all its own token's. */
export function normaliseRows(matrix: Float64Array, tokens: number): void {
  for (let query = 0; query < tokens; query++) {
    const row = matrix.subarray(query * tokens, (query + 1) * tokens);
    const total = row.reduce((sum, value) => sum + value, 0);
    if (total > 0) {
      for (const [key, value] of row.entries()) {
        row[key] = value / total;
      }
    } else {
      row[query] = 1;
    }
  }
}
