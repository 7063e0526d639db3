import type { TextRange } from "../patterns";
import type { StepBudget } from "../stepBudget";
import { Automaton } from "./automaton";
import { compileSyntax } from "./compiler";
import { Matcher } from "./matcher";
import { parseExpression } from "./parser";

/** An expression that is ready to be looked for. */
export interface Expression {
  /** All matches, ascending and not overlapping; throws `tokenizer-unsupported` when the budget is used up. */
  findAll(text: string, budget: StepBudget): TextRange[];
}

/**
 * Reads an expression of the Oniguruma library in its own syntax, as the Python tokenizers use it. Throws `tokenizer-unsupported`,
 * naming the construct, for what is not supported.
 */
export function compileExpression(source: string): Expression {
  const program = compileSyntax(parseExpression(source));
  return program.determinable ? new Automaton(program) : new Matcher(program);
}
