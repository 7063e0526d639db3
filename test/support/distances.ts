import type { AttendedBlock, Brought } from "../../src/methods/inside";

/** {@link InsideTarget.distances} number by number, in double precision. */
export async function plainDistances(
  block: AttendedBlock,
  { first, end, left, shares }: Brought,
): Promise<Float32Array> {
  const { heads } = block;
  const { width } = block.reads;
  const others = left.length / width;
  const distances = new Float32Array((end - first) * others);
  for (let key = first; key < end; key++) {
    const parts = Array.from({ length: heads + 1 }, (_, head) => linear(block, partOf(block, key, head)));
    for (let other = 0; other < others; other++) {
      const place = (key - first) * others + other;
      let distance = 0;
      for (let at = 0; at < width; at++) {
        const brought = parts.reduce((sum, part, head) => {
          return sum + (shares[place * (heads + 1) + head] ?? Number.NaN) * (part[at] ?? Number.NaN);
        }, 0);
        distance += Math.abs((left[other * width + at] ?? Number.NaN) - brought);
      }
      distances[place] = distance;
    }
  }
  return distances;
}

/** A token's vector in a head after the output projection; behind the last head its own state. */
function partOf({ heads, vectors, weights, reads }: AttendedBlock, token: number, head: number): Float64Array {
  const { width, values } = reads;
  const size = weights.length / (heads * width);
  const start = (head * (values.length / width) + token) * size;
  return new Float64Array(width).map((_, at) => {
    if (head === heads) {
      return values[token * width + at] ?? Number.NaN;
    }
    let sum = 0;
    for (let inner = 0; inner < size; inner++) {
      sum += (vectors[start + inner] ?? Number.NaN) * (weights[(head * size + inner) * width + at] ?? Number.NaN);
    }
    return sum;
  });
}

function linear({ normalisation }: AttendedBlock, vector: Float64Array): Float64Array {
  const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length;
  return normalisation ? vector.map((value, at) => (value - mean) * (normalisation.scale[at] ?? Number.NaN)) : vector;
}
