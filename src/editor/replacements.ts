/** Which explanation took the place of which, so that links drawn for an earlier one (in a hover that is still open) go on working. */
export class Replacements {
  readonly #newer = new Map<number, number>();

  /** Notes that the explanation `newer` replaced `older`. */
  add(older: number, newer: number): void {
    this.#newer.set(older, newer);
  }

  /** The id that stands for `id` now: its own, or that of the last in its line of replacements. */
  latest(id: number): number {
    let found = id;
    for (let next = this.#newer.get(found); next !== undefined; next = this.#newer.get(found)) {
      found = next;
    }
    return found;
  }
}
