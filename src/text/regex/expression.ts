import type { StepBudget } from "../stepBudget";
import type { TextRange } from "../textRange";

/** An expression that is ready to be looked for. */
export interface Expression {
  /** All matches, ascending and not overlapping; throws `tokenizer-unsupported` when the budget is used up. */
  findAll(text: string, budget: StepBudget): TextRange[];
}
