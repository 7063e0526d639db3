import { describe, expect, it } from "vitest";
import type { GeneratedPrediction } from "../../../src/common/prediction/generated";
import { predictionWords } from "../../../src/common/words";

function written(text: string, logProbabilities: readonly number[]): GeneratedPrediction {
  const steps = logProbabilities.map((logProbability, id) => ({
    id,
    piece: "x",
    text: "x",
    logProbability,
    alternatives: [],
  }));
  return { kind: "generated", text, steps, step: 0, end: "length" };
}

describe("what is said of a continuation", () => {
  it("is the probability of one token", () => {
    expect(predictionWords(written(" Paris", [Math.log(0.25)]), 60)).toBe("Paris 25.0 %");
  });

  it("is the perplexity of several tokens, whose probability is next to nothing, though the text be long", () => {
    const half = Array.from({ length: 40 }, () => Math.log(0.5));
    expect(predictionWords(written(" of the", half), 60)).toBe("of the, perplexity 2.000");
    expect(predictionWords(written("so ".repeat(40), half), 60)).toMatch(/^so so .*…, perplexity 2\.000$/);
    expect(predictionWords(written("no", [-20, 0]), 60)).toBe("no, perplexity 22,026");
  });
});
