import { unsupportedTokenizer } from "./json";

/** Steps that a text may take however short it is. */
const leastSteps = 10_000_000;

/** Steps for each UTF-16 unit of a long text; tokenizers in use take fewer than ten. */
const stepsPerUnit = 64;

/**
 * Counts what the rules of a tokenizer file do with one text (tries of an expression, characters rewritten), so that no file can make
 * it take for ever. One budget is shared by all rules of a tokenizer.
 */
export class StepBudget {
  private limit = leastSteps;
  private remaining = leastSteps;

  /** Begins a new text of `length` UTF-16 units. */
  restart(length: number): void {
    this.limit = Math.max(leastSteps, length * stepsPerUnit);
    this.remaining = this.limit;
  }

  /** How many steps may still be taken. */
  get left(): number {
    return this.remaining;
  }

  /** How many steps the current text has taken. */
  get used(): number {
    return this.limit - this.remaining;
  }

  /** Takes steps; throws `tokenizer-unsupported` when there are not as many left. */
  spend(steps: number): void {
    this.remaining -= steps;
    if (this.remaining < 0) {
      this.remaining = 0;
      throw unsupportedTokenizer("rules that take too many steps");
    }
  }
}
