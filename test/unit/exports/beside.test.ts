import { describe, expect, it } from "vitest";
import type { Explanation, Token } from "../../../src/common/explanation";
import type { Prediction } from "../../../src/common/prediction/registry";
import type { Result } from "../../../src/exports/export";
import { markdown } from "../../../src/exports/markdown";
import { text } from "../../../src/exports/text";
import { attribution, sampleExplanation } from "../editor/fixture";

const result = (explanation: Explanation): Result => ({ explanation, line: null, matrices: [], reading: null });

/** The sample with a question of two words before it. */
function asked(): Explanation {
  const sample = sampleExplanation();
  const words = ["Who", "wins"].map(
    (word, at): Token => ({
      index: at + 1,
      id: at,
      piece: word,
      text: word,
      start: at * 4,
      end: at * 4 + word.length,
      special: false,
      segment: 1,
    }),
  );
  const rest = sample.tokens.slice(1).map((token) => ({ ...token, index: token.index + 2 }));
  const tokens = [...sample.tokens.slice(0, 1), ...words, ...rest];
  return {
    ...sample,
    pair: "Who wins",
    tokens,
    model: { ...sample.model, task: "question-answering" },
    attributions: [
      attribution(
        "lime",
        tokens.map((_, at) => at / 10),
      ),
    ],
  };
}

describe("a question beside a text", () => {
  it("stands apart on a terminal, and so do the scores of its words", () => {
    const lines = text.one(result(asked()), 0).split("\n");
    expect(lines).toContain("Question: Who wins");
    const [first, second] = [lines.indexOf("  Question:"), lines.indexOf("  Text:")];
    expect(lines.slice(first + 1, second).map((line) => line.trim().split(/\s/)[0])).toEqual(["Who", "wins"]);
    expect(lines[second + 1]).toMatch(/^ {2}A /);
  });

  it("stands apart in Markdown, and so do the scores of its words", () => {
    const lines = markdown.one(result(asked()), 0).split("\n");
    expect(lines).toContain("Question: Who wins");
    const place = lines.indexOf("|  | **Question** | |");
    expect(lines.slice(place + 1, place + 4).map((line) => line.split(" | ")[1])).toEqual(["Who", "wins", "**Text**"]);
  });

  it("is not looked for where there is one text", () => {
    expect(text.one(result(sampleExplanation()), 0)).not.toMatch(/Text:|Question/);
    expect(markdown.one(result(sampleExplanation()), 0)).not.toMatch(/\*\*Text|Question/);
  });
});

describe("the line of the prediction", () => {
  const lineOf = (prediction: Prediction, label: string): string | undefined =>
    text
      .one(result(sampleExplanation({ prediction, target: { ...sampleExplanation().target, label, versus: null } })), 0)
      .split("\n")[1];

  it("says in words that a model without a head says nothing", () => {
    expect(lineOf({ kind: "none" }, "")).toBe("No prediction: the model has no head that says something of a text");
  });

  it("names the entity that is asked about, or the token's label where there is none", () => {
    const entity = (index: number, label: string, probability: number) => {
      return { index, label, text: label, logit: 1, probability, start: 0, end: 1, tokens: [index] };
    };
    const tokens = [{ token: 5, label: "O", probability: 0.7 }];
    const of = (position: number | null) =>
      ({ kind: "entities", position, entities: [entity(1, "LOC", 0.9), entity(2, "PER", 0.6)], tokens }) as const;
    expect(lineOf(of(null), "LOC")).toBe("LOC LOC 90.0 %");
    expect(lineOf(of(2), "PER")).toBe("PER PER 60.0 %");
    expect(lineOf(of(5), "O")).toBe("O 70.0 %");
  });
});
