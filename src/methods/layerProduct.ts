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

/** Adds `weights` times the matrix `product`, as wide as `row`, to `row`: four lines of the matrix at once: the row is read and written a quarter as often. */
export function addProduct(weights: Float64Array, product: Float64Array, row: Float64Array): void {
  const size = row.length;
  let line = 0;
  for (; line + 3 < size; line += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = weights.subarray(line, line + 4);
    const first = line * size;
    for (let key = 0; key < size; key++) {
      const at = first + key;
      row[key] =
        (row[key] ?? 0) +
        a * (product[at] ?? 0) +
        b * (product[at + size] ?? 0) +
        c * (product[at + 2 * size] ?? 0) +
        d * (product[at + 3 * size] ?? 0);
    }
  }
  for (; line < size; line++) {
    const weight = weights[line] ?? 0;
    for (let key = 0; key < size; key++) {
      row[key] = (row[key] ?? 0) + weight * (product[line * size + key] ?? 0);
    }
  }
}
