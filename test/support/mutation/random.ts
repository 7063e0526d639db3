import { randomNumbers } from "../../unit/graph/build";

/** Seeded choices. */
export class Choice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** One of the things, if there are any. */
  of<T>(things: readonly T[]): T | undefined {
    return things[this.below(things.length)];
  }

  /** Bytes of any value. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** A whole number of the kind that programs get wrong. */
  absurd(): bigint {
    const size = 1n << BigInt(this.below(64));
    return (
      this.of([
        0n,
        -1n,
        -2n,
        1n,
        size,
        size - 1n,
        -size,
        2n ** 31n,
        2n ** 32n,
        2n ** 62n,
        2n ** 63n - 1n,
        -(2n ** 63n),
      ]) ?? 0n
    );
  }
}
