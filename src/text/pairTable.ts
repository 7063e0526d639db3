/** A hash table from two non-negative integers to a third: the edges of a trie, the merges of a BPE model. */
export class PairTable {
  private firsts: Int32Array;
  private seconds: Int32Array;
  private values: Int32Array;
  private mask: number;
  private count = 0;

  /** `expected` is how many pairs will be stored; more is possible. */
  constructor(expected: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)));
    this.mask = capacity - 1;
    this.firsts = new Int32Array(capacity).fill(-1);
    this.seconds = new Int32Array(capacity);
    this.values = new Int32Array(capacity);
  }

  /** The value of a pair, or −1. */
  get(first: number, second: number): number {
    const slot = this.slot(first, second);
    return this.firsts[slot] === -1 ? -1 : (this.values[slot] ?? -1);
  }

  set(first: number, second: number, value: number): void {
    const slot = this.slot(first, second);
    if (this.firsts[slot] === -1) {
      this.firsts[slot] = first;
      this.seconds[slot] = second;
      this.count++;
    }
    this.values[slot] = value;
    if (this.count * 2 > this.mask) {
      this.grow();
    }
  }

  private slot(first: number, second: number): number {
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 13)) & this.mask;
    while (this.firsts[slot] !== -1 && !(this.firsts[slot] === first && this.seconds[slot] === second)) {
      slot = (slot + 1) & this.mask;
    }
    return slot;
  }

  private grow(): void {
    const { firsts, seconds, values } = this;
    const capacity = firsts.length * 2;
    this.mask = capacity - 1;
    this.firsts = new Int32Array(capacity).fill(-1);
    this.seconds = new Int32Array(capacity);
    this.values = new Int32Array(capacity);
    for (let old = 0; old < firsts.length; old++) {
      const first = firsts[old] ?? -1;
      if (first !== -1) {
        const second = seconds[old] ?? 0;
        const slot = this.slot(first, second);
        this.firsts[slot] = first;
        this.seconds[slot] = second;
        this.values[slot] = values[old] ?? 0;
      }
    }
  }
}
