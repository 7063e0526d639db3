import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { Automaton } from "../../../src/text/regex/automaton";
import { compileSyntax } from "../../../src/text/regex/compiler";
import { Expressions } from "../../../src/text/regex/expressions";
import { Matcher } from "../../../src/text/regex/matcher";
import { NamedSets } from "../../../src/text/regex/namedSets";
import { parseExpression } from "../../../src/text/regex/parser";
import { StepBudget } from "../../../src/text/stepBudget";
import type { TextRange } from "../../../src/text/textRange";
import { readGolden } from "./golden";

interface Case {
  readonly expression: string;
  readonly texts: readonly string[];
  readonly refused?: true;
  readonly hung?: true;
  /** For each text the matches that are not empty and the text with all matches marked; `null` where Oniguruma gave up. */
  readonly found?: readonly (readonly [readonly (readonly [number, number])[], string] | null)[];
}

const { mark, cases, plain, wellKnown } = readGolden<{
  readonly mark: string;
  readonly cases: readonly Case[];
  readonly plain: readonly Case[];
  readonly wellKnown: readonly (Case & { readonly name: string })[];
}>("expressions");

function compileExpression(source: string) {
  return new Expressions(new StepBudget()).compile(source);
}

function compiled(source: string) {
  const budget = new StepBudget();
  return compileSyntax(parseExpression(source, new NamedSets(budget)), budget);
}

type Result = { readonly ranges: readonly TextRange[]; readonly steps: number } | { readonly refusal: string };

/** What an expression finds, or why it is refused, where `spent` steps of the text's have been taken already. */
function found(expression: string, text: string, expressions = new Expressions(new StepBudget()), spent = 0): Result {
  const budget = new StepBudget();
  budget.restart(text.length);
  budget.spend(spent);
  try {
    return { ranges: expressions.compile(expression).findAll(text, budget), steps: budget.used };
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

/** Where an expression finds something else than Oniguruma; texts for which either gave up are left out. */
function differences({ texts, found: expected }: Case, results: readonly Result[]) {
  return results.flatMap((result, index) => {
    const wanted = expected?.[index];
    if ("refusal" in result || !wanted) {
      return [];
    }
    const text = texts[index] ?? "";
    const ranges = result.ranges.filter(({ start, end }) => end > start).map(({ start, end }) => [start, end]);
    const got = [ranges, marked(text, result.ranges)];
    return JSON.stringify(got) === JSON.stringify(wanted) ? [] : [{ text, got, wanted }];
  });
}

/** What is found in all texts of a case, the first refusal, and where it differs from Oniguruma. */
function outcome(one: Case) {
  const expressions = new Expressions(new StepBudget());
  const results = one.texts.map((text) => found(one.expression, text, expressions));
  const refusal = results.flatMap((result) => ("refusal" in result ? [result.refusal] : []))[0];
  return { ...one, results, refusal, wrong: differences(one, results) };
}

describe("500 generated expressions", () => {
  const outcomes = cases.map(outcome);

  it("find what Oniguruma finds, or are refused by name", () => {
    const wrong = outcomes.filter((one) => one.wrong.length > 0);
    expect(wrong.map(({ expression, wrong: [first] }) => ({ expression, ...first }))).toEqual([]);
    expect(outcomes.length).toBe(500);
    expect(outcomes.filter((one) => one.hung)).toEqual([]);
  });

  it("are seldom refused where Oniguruma takes them", () => {
    const readable = outcomes.filter((one) => one.found);
    const refused = readable.filter((one) => one.refusal !== undefined);
    expect(readable.length).toBeGreaterThanOrEqual(450);
    expect(refused.length / readable.length).toBeLessThan(0.05);
  });

  it("are refused where Oniguruma refuses them, but for some look-behinds", () => {
    const accepted = outcomes.filter((one) => one.refused && one.refusal === undefined);
    expect(accepted.filter(({ expression }) => !expression.includes("(?<"))).toEqual([]);
  });
});

describe("300 generated expressions in which the next character decides", () => {
  const outcomes = plain.map(outcome);

  it("find what Oniguruma finds, or are refused by name", () => {
    const wrong = outcomes.filter((one) => one.wrong.length > 0);
    expect(wrong.map(({ expression, wrong: [first] }) => ({ expression, ...first }))).toEqual([]);
    expect(outcomes.length).toBe(300);
    expect(outcomes.filter((one) => one.found && one.refusal === undefined).length).toBeGreaterThanOrEqual(270);
  });

  it("find the same with the automaton and by backtracking", () => {
    let compared = 0;
    for (const { expression, texts, refusal, results } of outcomes) {
      const program = refusal === undefined ? compiled(expression) : null;
      if (!program?.determinable) {
        continue;
      }
      const matcher = new Matcher(program);
      const automaton = new Automaton(program);
      for (const [index, text] of texts.entries()) {
        const ranges = matcher.findAll(text, new StepBudget());
        expect({ expression, text, ranges: automaton.findAll(text, new StepBudget()) }).toEqual({
          expression,
          text,
          ranges,
        });
        expect(results[index]).toMatchObject({ ranges });
      }
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(200);
  });
});

describe("an automaton", () => {
  it("forgets its states when they are many, and still finds the same", () => {
    const expression = "(?:a|b)*a(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)(?:a|b)[c-z]";
    const letters = Array.from({ length: 200 }, (_, index) => `|${String.fromCodePoint(0x4e00 + 2 * index)}`);
    const program = compiled(`${expression}${letters.join("")}`);
    expect(program.determinable).toBe(true);
    let seed = 1;
    const random = Array.from({ length: 6000 }, () => {
      seed = (seed * 48271) % 2147483647;
      return seed % 40 === 0 ? "c" : seed % 2 === 0 ? "a" : "b";
    }).join("");
    const ranges = new Matcher(program).findAll(random, new StepBudget());
    expect(ranges.length).toBeGreaterThan(10);
    const automaton = new Automaton(program);
    const budget = new StepBudget();
    budget.restart(1_000_000);
    expect(automaton.findAll(random, budget)).toEqual(ranges);
    budget.restart(1_000_000);
    expect(automaton.findAll(random, budget)).toEqual(ranges);
  });
});

describe("expressions of well-known tokenizers", () => {
  it.each(wellKnown.map((one) => [one.name, one] as const))("%s finds what Oniguruma finds", (_, one) => {
    const { results, wrong } = outcome(one);
    expect(results.filter((result) => "refusal" in result)).toEqual([]);
    expect(one.found?.length).toBe(one.texts.length);
    expect(wrong).toEqual([]);
  });
});

const letters = "a".repeat(5000);
const attacks: readonly string[] = [
  "(a|a)*b",
  "(?:a?a?)*b",
  "((?:a?){16}){16}c",
  "(?:a?){16}(?:a?){16}(?:a?){16}c",
  "a*a*a*a*a*a*a*b",
  "([a-z]|[a-y])*Q",
  "(.*)(.*)(.*)(.*)(.*)\\d",
  "(\\w|\\d|a)+!",
  "(?=(a|a)*b)a",
  "(?:(?:a{0,16}){0,16})*b",
  "(?i:a|A)*b",
  "(?:\\p{L}|a)*\\d",
  "a{0,99999}a{0,99999}b",
  "(a{1,5}){1,5}{1,5}{1,5}{1,5}b",
  "a|".repeat(200_000),
  "(?<=(?:a|a)*b)c|(?<=a*a*!)a",
  "(a*)(a*)\\1\\2\\1b",
  "(?:a*?a*?)*?b",
  "(?:(?:a|aa)++|a)*+b|(?>(?:a|aa)*)*b",
  "(?i)(?:[a-c]|[A-B]|\\w)*[^a-z ]",
  "(?:(?:a{0,100000}){0,100000}){0,100000}b",
  "(?:|a|)*(?:||a)*(?:a||)*b",
  "\\G(?:\\w+\\b?)*!|(?:\\G?a*)*b",
  "(?:\\p{L}|\\p{Ll}|\\p{Latin}|[[:alpha:]])+\\p{Lu}",
  "(?!(?!(?!(a|a)*b)a)a)a|(?=.*.*.*!)",
  `${"(?:)".repeat(1000)}(?:(?:)*)*(?:(?:){99999}){99999}b`,
];

describe("an expression made to take for ever", () => {
  const texts = [letters, "ab".repeat(5000), " ".repeat(5000), "aé😀".repeat(1500), `${"aA".repeat(2500)}\n`];

  it.each(attacks.map((expression) => [expression.slice(0, 60), expression] as const))(
    "ends within the budget with a reason: %s",
    (_, expression) => {
      for (const text of texts) {
        const result = found(expression, text, undefined, 8_000_000);
        if ("refusal" in result) {
          expect(result.refusal).toMatch(/too many steps|regular expression/);
        } else {
          expect(result.steps).toBeLessThanOrEqual(10_000_000);
        }
      }
    },
  );

  it("finds the right matches when there are enough steps", () => {
    for (const expression of ["(a|a)*b?", "(?:a?a?)*", "(?i:a|A)*", "(?:\\p{L}|a)*", "a*a*a*a*a*a*a*"]) {
      expect(found(expression, letters)).toMatchObject({ ranges: [{ start: 0, end: letters.length }] });
    }
  });

  it("stops at the budget of a text, however many calls it takes", () => {
    const budget = new StepBudget();
    budget.restart(100);
    const expression = compileExpression("a*a*a*b");
    const work = () => {
      for (let call = 0; call < 100_000; call++) {
        expression.findAll("a".repeat(100), budget);
      }
    };
    expect(work).toThrow("too many steps");
    expect(budget.used).toBe(10_000_000);
  });

  it("has more steps for a long text, in proportion to its length", () => {
    const budget = new StepBudget();
    budget.restart(1_000_000);
    const ranges = compileExpression("(?:a|b)+").findAll("ab".repeat(500_000), budget);
    expect(ranges).toEqual([{ start: 0, end: 1_000_000 }]);
    expect(budget.used).toBeLessThan(20_000_000);
  });
});

describe("compiling", () => {
  const letter = (index: number) => String.fromCodePoint(0x4e00 + index);
  const many = (count: number, part: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => part(index)).join("");

  it("takes few steps for all well-known expressions together", () => {
    const budget = new StepBudget();
    const expressions = new Expressions(budget);
    for (const { expression } of wellKnown) {
      expressions.compile(expression);
    }
    expect(budget.used).toBeLessThan(3_000_000);
  });

  it("is done once for equal expressions, and once for equal properties", () => {
    const budget = new StepBudget();
    const expressions = new Expressions(budget);
    const first = expressions.compile("\\p{L}+");
    const steps = budget.used;
    expect(expressions.compile("\\p{L}+")).toBe(first);
    expect(budget.used).toBe(steps);
    expressions.compile("\\p{L}*");
    expect(budget.used - steps).toBeLessThan(steps / 2);
  });

  it.each([
    ["literals", () => many(4000, letter)],
    ["alternatives", () => many(2000, (index) => `${letter(index)}|`)],
    ["optional characters", () => many(2000, (index) => `${letter(index)}?`)],
    ["optional groups", () => many(680, (index) => `(?:${letter(index)})?`)],
    ["nested groups", () => `${"(?:a|".repeat(60)}${many(1500, (index) => `${letter(index)}?`)}${")?".repeat(60)}`],
    ["letters whose case is ignored", () => `(?i)${many(2000, () => "Ж|")}`],
    ["properties", () => many(500, (index) => `\\p{${["L", "Lu", "Ll", "N", "P", "S", "Z", "M"][index % 8]}}`)],
  ])("ends by name however many expressions a tokenizer has: %s", (_, expression) => {
    const budget = new StepBudget();
    const expressions = new Expressions(budget);
    const work = () => {
      for (let count = 0; count < 64; count++) {
        expressions.compile(`${expression()}${"a".repeat(count + 1)}`);
      }
    };
    expect(work).toThrow("too many steps");
    expect(budget.used).toBe(10_000_000);
  });
});

describe("what is not supported is refused by name", () => {
  it.each([
    ["\\K", "\\K in a regular expression"],
    ["\\X", "\\X in a regular expression"],
    ["(?x)a b", "a regular expression in extended form"],
    ["(?x:a b)", "a regular expression in extended form"],
    ["(?i)ß", "a regular expression that ignores the case of ß"],
    ["(?i)Gauss", "a regular expression that ignores the case of letters such as ss"],
    ["(?i)[ß]", "a regular expression that ignores the case of a class with letters such as ß"],
  ])("in a plain sentence: %s", (expression, what) => {
    expect(found(expression, "a")).toEqual({
      refusal: `The tokenizer needs ${what}, which is not supported; choose another model.`,
    });
  });

  it.each([
    ["\\X", "\\X"],
    ["\\K", "\\Ka"],
    ["a group of an unknown kind", "(?~a)"],
    ["a group of an unknown kind", "(*FAIL)"],
    ["a group of an unknown kind", "(?(1)a|b)"],
    ["extended form", "(?x) a b"],
    ["a back-reference to 2", "(a)\\2"],
    ["a back-reference to 1", "(a\\1)"],
    ["ignores the case of ß", "(?i)ß"],
    ["ignores the case of letters such as ss", "(?i)ss"],
    ["the quantifier {2,1}", "a{2,1}"],
    ["the quantifier {100001}", "a{100001}"],
    ["repeats a place", "(?:^|a)*"],
    ["more than 4096 characters", "a".repeat(4097)],
    ["nested this deep", `${"(?:".repeat(100)}a${")".repeat(100)}`],
    ["more than 8 quantifiers in a row", `a${"{2}".repeat(9)}`],
    ["\\p{Nonsense}", "\\p{Nonsense}"],
    ["[:foo:]", "[[:foo:]]"],
    ["a range from a class", "[\\d-z]"],
    ["a range from high to low", "[z-a]"],
    ["an open group", "(a"],
    ["an unmatched )", "a)"],
  ])("%s", (name, expression) => {
    const result = found(expression, "a");
    expect("refusal" in result ? result.refusal : "").toContain(name);
  });
});
