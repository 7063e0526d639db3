import { byteValues } from "./dropBytes";

/** Features on each side of the one a window belongs to. */
const reach = 2;
const size = 2 * reach + 1;
/** How many ways there are to drop some features of a window. */
const patternCount = 2 ** size;

/** Prior variance of all windows together, on the scale of a surrogate's other parts, and how fast they fall with relevant features that differ and with their distance. */
export interface WindowPrior {
  readonly height: number;
  readonly fall: number;
  readonly distance: number;
}

/** Which features of each feature's window a row drops, [features]: bit k of entry i is set where feature i + k − 2 is dropped. */
export function windowPatterns(dropped: readonly number[], features: number): Uint8Array {
  const patterns = new Uint8Array(features);
  for (const feature of dropped) {
    for (let k = 0; k < size; k++) {
      const owner = feature + reach - k;
      if (owner >= 0 && owner < features) {
        patterns[owner] = (patterns[owner] ?? 0) | (1 << k);
      }
    }
  }
  return patterns;
}

/**
 * The covariance of two rows as far as windows go is Σ table[i, p_i XOR q_i] over the features i, with the rows' {@link windowPatterns} p and q:
 * height · sᵢ/n · exp(−fall · Σ s_j · exp(−|i − j|/distance)) over the features j of the window that differ, for features stretched by s. Float [features, 32].
 */
export function windowCovariance(stretch: Float64Array, prior: WindowPrior): Float64Array {
  const features = stretch.length;
  const table = new Float64Array(features * patternCount);
  for (let i = 0; i < features; i++) {
    for (let differing = 0; differing < patternCount; differing++) {
      let distance = 0;
      for (let k = 0; k < size; k++) {
        if ((differing >>> k) & 1) {
          distance += (stretch[i + k - reach] ?? 0) * Math.exp(-Math.abs(k - reach) / prior.distance);
        }
      }
      table[i * patternCount + differing] =
        ((prior.height * (stretch[i] ?? 0)) / features) * Math.exp(-prior.fall * distance);
    }
  }
  return table;
}

/** Windows that are looked up together: the features of all of them are a byte. */
const together = 4;

/** The features of as many neighbouring windows as fit, a byte each: [rows, ⌈features/4⌉]; bit b of byte c is set where feature 4c + b − 2 is dropped. */
export function windowBytes(rows: readonly (readonly number[])[], features: number): Uint8Array {
  const width = Math.ceil(features / together);
  const bytes = new Uint8Array(rows.length * width);
  for (const [r, dropped] of rows.entries()) {
    for (const feature of dropped) {
      for (let c = 0; c < width; c++) {
        const bit = feature + reach - together * c;
        if (bit >= 0 && bit < 8) {
          bytes[r * width + c] = (bytes[r * width + c] ?? 0) | (1 << bit);
        }
      }
    }
  }
  return bytes;
}

/** What the windows of each byte of {@link windowBytes} add up to for each of its values, float [⌈features/4⌉, 256], of a table of {@link windowCovariance}. */
export function windowByteSums(table: Float64Array): Float64Array {
  const features = table.length / patternCount;
  const sums = new Float64Array(Math.ceil(features / together) * byteValues);
  for (let at = 0; at < sums.length; at++) {
    const first = together * Math.floor(at / byteValues);
    for (let k = 0; k < together && first + k < features; k++) {
      const pattern = ((at % byteValues) >>> k) % patternCount;
      sums[at] = (sums[at] ?? 0) + (table[(first + k) * patternCount + pattern] ?? 0);
    }
  }
  return sums;
}

/** What each window's patterns add to a surrogate, float [features, 32], from the dual weights of rows with such patterns. */
export function windowTables(
  covariance: Float64Array,
  rows: readonly Uint8Array[],
  weights: Float64Array,
): Float64Array {
  const masses = new Float64Array(covariance.length);
  for (const [r, patterns] of rows.entries()) {
    for (const [i, pattern] of patterns.entries()) {
      const at = i * patternCount + pattern;
      masses[at] = (masses[at] ?? 0) + (weights[r] ?? 0);
    }
  }
  return masses.map((_, at) => {
    const start = at - (at % patternCount);
    let sum = 0;
    for (let other = 0; other < patternCount; other++) {
      sum += (masses[start + other] ?? 0) * (covariance[start + ((at - start) ^ other)] ?? 0);
    }
    return sum;
  });
}

/** The sum of a surrogate's windows along a path on which one feature at a time is dropped or put back. */
export class WindowWalk {
  value = 0;
  readonly #tables: Float64Array;
  readonly #patterns: Uint8Array;
  readonly #start: number;

  constructor(tables: Float64Array) {
    this.#tables = tables;
    this.#patterns = new Uint8Array(tables.length / patternCount);
    let start = 0;
    for (let at = 0; at < tables.length; at += patternCount) {
      start += tables[at] ?? 0;
    }
    this.#start = start;
    this.restart();
  }

  /** Goes back to the whole text. */
  restart(): void {
    this.#patterns.fill(0);
    this.value = this.#start;
  }

  /** Drops a feature that is there, or puts back one that is dropped. */
  change(feature: number): void {
    const patterns = this.#patterns;
    const first = Math.max(0, feature - reach);
    const last = Math.min(patterns.length - 1, feature + reach);
    for (let owner = first; owner <= last; owner++) {
      const before = patterns[owner] ?? 0;
      const after = before ^ (1 << (feature - owner + reach));
      const start = owner * patternCount;
      patterns[owner] = after;
      this.value += (this.#tables[start + after] ?? 0) - (this.#tables[start + before] ?? 0);
    }
  }
}
