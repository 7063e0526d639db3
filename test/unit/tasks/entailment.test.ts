import { describe, expect, it } from "vitest";
import { candidateProbabilities, entailmentOutputs } from "../../../src/tasks/entailment";
import { entailment } from "../../support/questions";

describe("entailment", () => {
  it.each([
    [
      ["contradiction", "neutral", "entailment"],
      [2, 0],
    ],
    [
      ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"],
      [0, 2],
    ],
    [
      ["entailment", "contradiction", "neutral"],
      [0, 1],
    ],
    [
      ["entailment", "not_entailment"],
      [0, 1],
    ],
    [
      ["not_entailment", "entailment"],
      [1, 0],
    ],
  ] as const)("is found by its label in %j", (labels, [yes, no]) => {
    expect(entailmentOutputs(labels)).toEqual({ entailment: yes, contradiction: no });
  });

  it.each([[["LABEL_0", "LABEL_1", "LABEL_2"]], [["entailment"]], [[]]])("is not in %j", (labels) => {
    expect(entailmentOutputs(labels)).toBeNull();
  });
});

describe("probabilities of candidates", () => {
  it.each(entailment.map((one) => [one.model, one.text, one.several, one] as const))(
    "are those of the pipeline: %s, %s, several: %s",
    (_model, _text, several, { labels, rows, candidates, scores }) => {
      const outputs = entailmentOutputs(labels);
      const found = outputs && candidateProbabilities(rows, outputs, several);
      for (const [at, candidate] of candidates.entries()) {
        expect(found?.[at]).toBeCloseTo(scores[candidate] ?? Number.NaN, 6);
      }
    },
  );
});
