import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import type { TextRange } from "../../../src/text/patterns";
import { compileExpression } from "../../../src/text/regex/expression";
import { StepBudget } from "../../../src/text/stepBudget";
import { readGolden } from "./golden";

interface Case {
  readonly expression: string;
  readonly texts: readonly string[];
  readonly refused?: true;
  readonly hung?: true;
  /** For each text the matches that are not empty and the text with all matches marked; `null` where Oniguruma gave up. */
  readonly found?: readonly (readonly [readonly (readonly [number, number])[], string] | null)[];
}

const { mark, cases } = readGolden<{ readonly mark: string; readonly cases: readonly Case[] }>("expressions");

type Result = { readonly ranges: readonly TextRange[]; readonly steps: number } | { readonly refusal: string };

/** What an expression finds, or why it is refused. */
function found(expression: string, text: string): Result {
  const budget = new StepBudget();
  budget.restart(text.length);
  try {
    return { ranges: compileExpression(expression).findAll(text, budget), steps: budget.used };
  } catch (error) {
    if (!(error instanceof ExplainError)) {
      throw error;
    }
    const { reason, message } = error;
    expect(reason).toBe("tokenizer-unsupported");
    return { refusal: message };
  }
}

function marked(text: string, ranges: readonly TextRange[]): string {
  let result = "";
  let done = 0;
  for (const { start, end } of ranges) {
    result += text.slice(done, start) + mark;
    done = end;
  }
  return result + text.slice(done);
}

describe("500 generated expressions", () => {
  const outcomes = cases.map((one) => {
    const results = one.texts.map((text) => found(one.expression, text));
    const refusal = results.flatMap((result) => ("refusal" in result ? [result.refusal] : []))[0];
    const wrong = results.flatMap((result, index) => {
      const expected = one.found?.[index];
      if ("refusal" in result || !expected) {
        return [];
      }
      const text = one.texts[index] ?? "";
      const ranges = result.ranges.filter(({ start, end }) => end > start).map(({ start, end }) => [start, end]);
      const got = [ranges, marked(text, result.ranges)];
      return JSON.stringify(got) === JSON.stringify(expected) ? [] : [{ text, got, expected }];
    });
    return { ...one, refusal, wrong };
  });

  it("find what Oniguruma finds, or are refused by name", () => {
    const wrong = outcomes.filter((one) => one.wrong.length > 0);
    expect(wrong.map(({ expression, wrong: [first] }) => ({ expression, ...first }))).toEqual([]);
    expect(outcomes.length).toBe(500);
  });

  it("are refused where Oniguruma refuses them, and seldom elsewhere", () => {
    const accepted = outcomes.filter((one) => one.refused && one.refusal === undefined);
    expect(accepted.map((one) => one.expression)).toEqual([]);
    const readable = outcomes.filter((one) => one.found);
    const refused = readable.filter((one) => one.refusal !== undefined);
    expect(readable.length).toBeGreaterThanOrEqual(450);
    expect(refused.length / readable.length).toBeLessThan(0.1);
  });
});
