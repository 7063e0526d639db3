import type { Explanation } from "../../../src/common/explanation";

/** The tokens that a person has masked to see what would happen, beginning with those of the explanation. */
export class MaskedByHand {
  #tokens = new Set<number>();
  #of = "";

  get tokens(): ReadonlySet<number> {
    return this.#tokens;
  }

  /** What was masked by hand belongs to one reading of one text; another starts from its own. */
  keep({ text, pair, tokens, masked }: Explanation): void {
    const reading = JSON.stringify([text, pair, tokens.length, masked]);
    if (reading !== this.#of) {
      this.#of = reading;
      this.#tokens = new Set(masked);
    }
  }

  /** Masks tokens, or shows them again where all of them are masked. */
  toggle(tokens: readonly number[]): void {
    const masked = tokens.every((token) => this.#tokens.has(token));
    for (const token of tokens) {
      if (masked) {
        this.#tokens.delete(token);
      } else {
        this.#tokens.add(token);
      }
    }
  }

  clear(): void {
    this.#tokens = new Set();
  }
}
