const wordRange = 2 ** 32;

/**
 * The seeded source of all randomness: xoshiro128** 1.1 (Blackman and Vigna 2018), its four words filled from the seed by
 * splitmix32. 32-bit integer arithmetic only, so a seed gives the same sequence on every platform.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor(a: number, b: number, c: number, d: number) {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** Starts from any whole number up to ±2⁵³; `stream` gives independent sequences for one seed. */
  static fromSeed(seed: number, stream = 0): SeededRandom {
    const low = seed >>> 0;
    const high = Math.floor(seed / wordRange) >>> 0;
    let state = (low ^ Math.imul(high, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b)) >>> 0;
    const word = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    return new SeededRandom(word(), word(), word(), word());
  }

  /** Starts from a state of the published generator; four 32-bit words, not all 0. */
  static fromState(a: number, b: number, c: number, d: number): SeededRandom {
    return new SeededRandom(a >>> 0, b >>> 0, c >>> 0, d >>> 0);
  }

  /** The next 32 random bits, as a number from 0 to 2³² − 1. */
  word(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A uniform whole number from 0 to `bound` − 1, without bias; `bound` from 1 to 2³². */
  below(bound: number): number {
    const limit = wordRange - (wordRange % bound);
    let word = this.word();
    while (word >= limit) {
      word = this.word();
    }
    return word % bound;
  }

  /** A normal number with mean 0 and variance 1 (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Puts the first `count` places of `items` in a uniformly random order of draws without repetition, in place (Fisher and Yates). */
  shuffle(items: { [index: number]: number; readonly length: number }, count = items.length): void {
    for (let i = 0; i < count && i < items.length - 1; i++) {
      const j = i + this.below(items.length - i);
      const held = items[i] ?? 0;
      items[i] = items[j] ?? 0;
      items[j] = held;
    }
  }
}
