import { describe, expect, it } from "vitest";
import { type AnswerWindow, findAnswers } from "../../../src/tasks/answerSpans";
import { type QuestionCase, questions } from "../../support/questions";

/** The windows of a case; tokens are numbered through all windows. */
function windowsOf({ windows }: QuestionCase): AnswerWindow[] {
  let token = 0;
  return windows.map(({ ranges, words, starts, ends, none: [start, end] }) => ({
    places: ranges.map(([from, to], at) => ({ token: token++, start: from, end: to, word: words[at] ?? 0 })),
    starts,
    ends,
    none: { start, end },
  }));
}

/** A window of one-letter words, with logits of 0 where none are given. */
function letters(text: string, starts: Record<number, number>, ends: Record<number, number>): AnswerWindow {
  const logits = (given: Record<number, number>) => Array.from(text, (_, at) => given[at] ?? 0);
  return {
    places: Array.from(text, (_, at) => ({ token: at, start: at, end: at + 1, word: at })),
    starts: logits(starts),
    ends: logits(ends),
    none: null,
  };
}

describe("answers", () => {
  it.each(questions.map((one) => [one.model, one.question, one.longest, one] as const))(
    "are those of the pipeline: %s, %s, of at most %i tokens",
    (_model, _question, longest, one) => {
      const found = findAnswers(one.context, windowsOf(one), { count: 5, longest });
      // With too few spans the pipeline goes on with some that are none.
      const expected = one.answers.filter(({ score }) => score > 0);
      expect(found.slice(0, expected.length).map(({ start, end, text }) => ({ start, end, text }))).toEqual(
        expected.map(({ start, end, answer }) => ({ start, end, text: answer })),
      );
      for (const [at, { score }] of expected.entries()) {
        expect(Math.abs((found[at]?.score ?? Number.NaN) / Math.min(1, score) - 1)).toBeLessThan(1e-4);
      }
    },
  );

  it("are certain at most, though overlapping windows find one twice", () => {
    const windows = [letters("ab", { 1: 9 }, { 1: 9 }), letters("ab", { 1: 9 }, { 1: 9 })];
    const [first, second] = findAnswers("ab", windows, { count: 2, longest: 1 });
    expect(first).toMatchObject({ text: "b", score: 1 });
    expect(second?.score).toBeCloseTo(2 * (Math.exp(-9) / (1 + Math.exp(-9))) ** 2, 12);
  });

  it("may be none, with the least of the windows' probabilities of it", () => {
    const windows = [
      { ...letters("ab", {}, {}), none: { start: 30, end: 30 } },
      { ...letters("cd", { 1: 3 }, { 1: 3 }), none: { start: 4, end: 4 } },
    ];
    const [first] = findAnswers("abcd", windows, { count: 3, longest: 15 });
    const power = Math.exp(4);
    expect(first).toMatchObject({ text: "", start: 0, end: 0, window: 1, tokens: null });
    expect(first?.score).toBeCloseTo((power / (power + Math.exp(3) + 1)) ** 2, 10);
  });

  it("never end before they start, nor reach over more tokens than they may", () => {
    const text = "abcdef";
    const found = findAnswers(text, [letters(text, { 4: 9 }, { 1: 9 })], { count: 40, longest: 2 });
    expect(found).toHaveLength(11);
    expect(found.every(({ start, end }) => start < end && end - start <= 2)).toBe(true);
  });

  it("name the tokens of their likeliest span", () => {
    const text = "abcdef";
    const found = findAnswers(text, [letters(text, { 2: 9 }, { 3: 9 })], { count: 1, longest: 15 });
    expect(found[0]).toMatchObject({ text: "cd", window: 0, tokens: [2, 3] });
  });
});
