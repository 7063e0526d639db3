import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import type { Explanation } from "../../../src/common/explanation";
import { formatMessage } from "../../../src/common/message";
import type { Reading } from "../../../src/common/reading";
import { json } from "../../../src/exports/json";
import { explanationInJson } from "../../../src/exports/openedJson";
import { sampleExplanation } from "../editor/fixture";

const nowhere = { directory: "", file: null };
const explanation = sampleExplanation({
  measures: [
    {
      method: "lime",
      values: {
        comprehensiveness: {
          value: 0.25,
          spread: null,
          curve: { x: [0, 1], y: [1, 0.5] },
          scale: "probability",
          evaluations: 6,
          notes: [],
        },
      },
    },
  ],
});

const written = (one: Explanation, reading: Reading | null = null) =>
  json.one({ explanation: one, matrices: null, line: null, reading }, 0);

/** What comes back: sentences are said already. */
function expected(one: Explanation): Explanation {
  const said = (messages: Explanation["warnings"]) =>
    messages.map((sentence) => ({ template: "{0}", args: [formatMessage(sentence)] }));
  return {
    ...one,
    model: { ...one.model, reference: nowhere },
    attributions: one.attributions.map((attribution) => ({ ...attribution, notes: said(attribution.notes) })),
    warnings: said(one.warnings),
  };
}

describe("an explanation that was exported as JSON", () => {
  it("comes back whole", () => {
    expect(explanationInJson(written(explanation), nowhere)).toEqual(expected(explanation));
  });

  it("comes back with its places in the text where it was read from a document, and from the first of several lines", () => {
    const { length } = explanation.text;
    const reading: Reading = {
      kind: "markdown",
      name: "Markdown",
      text: explanation.text,
      runs: [length, 100, 100 + length],
      read: [],
      leftOut: [],
      notes: [],
    };
    const content = written(explanation, reading);
    expect(JSON.parse(content).tokens[1].start).toBe(100);
    expect(explanationInJson(`${content}${written(sampleExplanation({ text: "Another." }))}`, nowhere)).toEqual(
      expected(explanation),
    );
  });

  const whole = JSON.parse(written(explanation));
  it.each([
    ["is no JSON", "<html>"],
    ["is another JSON", "[1, 2]"],
    ["lacks a list", JSON.stringify({ ...whole, words: undefined })],
    [
      "has a token outside the text",
      JSON.stringify({ ...whole, tokens: [{ ...whole.tokens[0], end: 1e6 }, ...whole.tokens.slice(1)] }),
    ],
    ["has too few scores", JSON.stringify({ ...whole, attributions: [{ ...whole.attributions[0], scores: [1] }] })],
    [
      "names a method that does not exist",
      JSON.stringify({ ...whole, attributions: [{ ...whole.attributions[0], method: "magic" }] }),
    ],
    [
      "has a word of a token that does not exist",
      JSON.stringify({ ...whole, words: [{ ...whole.words[0], tokens: [99] }] }),
    ],
    [
      "has a pair of a word with itself",
      JSON.stringify({
        ...whole,
        attributions: [{ ...whole.attributions[0], pairs: [{ first: 1, second: 1, score: 1, standardError: 0 }] }],
      }),
    ],
    ["has a method twice", JSON.stringify({ ...whole, attributions: [...whole.attributions, whole.attributions[0]] })],
    ["measures a method twice", JSON.stringify({ ...whole, measures: [...whole.measures, ...whole.measures] })],
    [
      "has a negative standard error",
      JSON.stringify({
        ...whole,
        attributions: [{ ...whole.attributions[0], standardErrors: whole.attributions[0].scores.map(() => -1) }],
      }),
    ],
    [
      "has a pair's negative standard error",
      JSON.stringify({
        ...whole,
        attributions: [{ ...whole.attributions[0], pairs: [{ first: 0, second: 1, score: 1, standardError: -1 }] }],
      }),
    ],
    [
      "has scores that nothing can be reckoned with",
      JSON.stringify({
        ...whole,
        attributions: [{ ...whole.attributions[0], scores: whole.attributions[0].scores.map(() => 1e308) }],
      }),
    ],
    ["predicts nothing", JSON.stringify({ ...whole, prediction: { kind: "classes", classes: [] } })],
    ["has no window", JSON.stringify({ ...whole, windows: [] })],
    ["masks a token that does not exist", JSON.stringify({ ...whole, masked: [99] })],
  ])("is refused in a sentence where it %s", (_, content) => {
    expect(() => explanationInJson(content, nowhere)).toThrow(ExplainError);
    expect(() => explanationInJson(content, nowhere)).toThrow(/exported|Export it/);
  });

  it("has only clean names", () => {
    const hostile = JSON.stringify({ ...whole, model: { ...whole.model, id: "a\u202eb\n[x](command:y)" } });
    expect(explanationInJson(hostile, nowhere).model.id).not.toMatch(/[\u202e\n]/);
  });
});
