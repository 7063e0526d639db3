/** Ways to drop some of eight features. */
export const byteValues = 256;

/** Which features rows drop, eight to a byte: [rows, bytes]; feature i is bit i mod 8 of byte ⌊i/8⌋. */
export function dropBytes(rows: readonly (readonly number[])[], features: number): Uint8Array {
  const width = Math.ceil(features / 8);
  const bytes = new Uint8Array(rows.length * width);
  for (const [r, dropped] of rows.entries()) {
    for (const i of dropped) {
      const at = r * width + (i >>> 3);
      bytes[at] = (bytes[at] ?? 0) | (1 << (i & 7));
    }
  }
  return bytes;
}

/** What the features of each byte of {@link dropBytes} add up to for each of its values, float [bytes, 256], so that a sum over dropped features is one of as many terms as there are bytes. */
export function byteSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(Math.ceil(values.length / 8) * byteValues);
  for (let at = 0; at < sums.length; at++) {
    const byte = at % byteValues;
    if (byte > 0) {
      const highest = 31 - Math.clz32(byte);
      const feature = 8 * Math.floor(at / byteValues) + highest;
      sums[at] = (sums[at - (1 << highest)] ?? 0) + (values[feature] ?? 0);
    }
  }
  return sums;
}
