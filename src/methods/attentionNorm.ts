import { chosenLayer } from "./attention";
import type { LayerAttention } from "./attentionScores";
import type { AttendedBlock } from "./inside";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";

/** Attention weighed by values in one layer (Kobayashi et al. 2020, equation 4): ‖Σ_h A^h_ij v^h_j W^h‖, the length of what each token j adds to the one that the model reads, or its mean over all. */
export const attentionNorm: InsideMethod = {
  asks: "inside",
  looks: ["attended"],
  planned: () => 1,
  async run({ tokens, maps, attended }, question, { signal, onProgress }) {
    const layer = chosenLayer(question);
    const map = (await maps())[layer];
    const block = (await attended()).blocks[layer];
    const queries = question.query(tokens);
    const pacer = new Pacer(signal);
    const values = new Float64Array(tokens);
    for (let key = 0; map && block && key < tokens; key++) {
      const projected = projectedValues(block, key);
      const added = new Float64Array(block.sum.width);
      for (const query of queries) {
        weigh(added, map, projected, { query, key });
        const length = Math.sqrt(added.reduce((sum, value) => sum + value * value, 0));
        values[key] = (values[key] ?? 0) + length / queries.length;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    onProgress?.(1);
    return { values, sum: null, evaluations: 1 };
  },
  summary: (_, question) => ({ parameters: { layer: chosenLayer(question), heads: "sum" } }),
};

/**
 * What a token's value vectors are after the output projection, each head by itself: v^h_j·W^h, float [heads, width]. Its sum weighted by attention is what the token adds to another
 * (Kobayashi et al. 2020, equation 3).
 */
function projectedValues(
  { heads, vectors, weights, sum: { width, values } }: AttendedBlock,
  token: number,
): Float64Array {
  const tokens = values.length / width;
  const size = vectors.length / (heads * tokens);
  const projected = new Float64Array(heads * width);
  for (let head = 0; head < heads; head++) {
    for (let at = 0; at < size; at++) {
      const value = vectors[(head * tokens + token) * size + at] ?? 0;
      const line = (head * size + at) * width;
      for (let out = 0; out < width; out++) {
        const place = head * width + out;
        projected[place] = (projected[place] ?? 0) + value * (weights[line + out] ?? 0);
      }
    }
  }
  return projected;
}

/** Writes what `key` adds to `query` by attention, Σ_h A^h·projected^h, into `into`. */
function weigh(
  into: Float64Array,
  { heads, queries, keys, values }: LayerAttention,
  projected: Float64Array,
  { query, key }: { readonly query: number; readonly key: number },
): void {
  const width = into.length;
  const weightOf = (head: number) => (head < heads ? (values[(head * queries + query) * keys + key] ?? 0) : 0);
  into.fill(0);
  // Four heads at once: the result is read and written a quarter as often.
  for (let head = 0; head < heads; head += 4) {
    const [a, b, c, d] = [weightOf(head), weightOf(head + 1), weightOf(head + 2), weightOf(head + 3)];
    if (a === 0 && b === 0 && c === 0 && d === 0) {
      continue;
    }
    const first = head * width;
    for (let at = 0; at < width; at++) {
      const place = first + at;
      into[at] =
        (into[at] ?? 0) +
        a * (projected[place] ?? 0) +
        b * (projected[place + width] ?? 0) +
        c * (projected[place + 2 * width] ?? 0) +
        d * (projected[place + 3 * width] ?? 0);
    }
  }
}
