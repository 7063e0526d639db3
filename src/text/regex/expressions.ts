import type { StepBudget } from "../stepBudget";
import { Automaton } from "./automaton";
import { compileSyntax } from "./compiler";
import type { Expression } from "./expression";
import { Matcher } from "./matcher";
import { NamedSets } from "./namedSets";
import { parseExpression } from "./parser";

/** The expressions of one tokenizer. Equal ones are compiled once; compiling takes steps from the tokenizer's budget, too. */
export class Expressions {
  private readonly sets: NamedSets;
  private readonly compiled = new Map<string, Expression>();

  constructor(readonly budget: StepBudget) {
    this.sets = new NamedSets(budget);
  }

  /**
   * Reads an expression of the Oniguruma library in its own syntax, as the Python tokenizers use it. Throws `tokenizer-unsupported`,
   * naming the construct, for what is not supported, and when the budget is used up.
   */
  compile(source: string): Expression {
    const known = this.compiled.get(source);
    if (known) {
      return known;
    }
    const program = compileSyntax(parseExpression(source, this.sets), this.budget);
    const expression = program.determinable ? new Automaton(program) : new Matcher(program);
    this.compiled.set(source, expression);
    return expression;
  }
}
