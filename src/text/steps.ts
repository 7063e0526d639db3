import { unsupportedTokenizer } from "./json";

/** Known tokenizers have a dozen; each goes over the whole text. */
const mostSteps = 64;

/** Counts the steps of a normalizer, pre-tokenizer or post-processor, however they are nested. */
export class Steps {
  #taken = 0;

  /** Throws `tokenizer-unsupported` at the 65th. */
  take(): void {
    this.#taken++;
    if (this.#taken > mostSteps) {
      throw unsupportedTokenizer(`more than ${mostSteps} steps`);
    }
  }
}
