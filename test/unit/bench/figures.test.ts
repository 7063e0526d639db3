import { describe, expect, it } from "vitest";
import { compareRuns, Figures, quantile } from "../../../bench/supportFigures";

const runOf = (figures: Record<string, readonly number[]>) => ({ machine: "", figures });

describe("two runs of benchmarks", () => {
  it("are compared by their medians, and what got slower by more than 10 % is named where the samples are apart", () => {
    const before = runOf({
      same: [10, 10, 10],
      slower: [10, 10, 11],
      faster: [10, 10, 11],
      noisy: [1, 10, 30],
      gone: [1],
    });
    const now = runOf({ same: [10, 11, 12], slower: [12, 12, 20], faster: [8, 8, 9], noisy: [2, 14, 15], fresh: [1] });
    expect(compareRuns(before, now).map(({ name, ratio, verdict }) => [name, ratio, verdict])).toEqual([
      ["same", 1.1, "same"],
      ["slower", 1.2, "slower"],
      ["faster", 0.8, "faster"],
      ["noisy", 1.4, "unsure"],
      ["fresh", null, "new"],
      ["gone", null, "gone"],
    ]);
  });

  it("collect several samples of each figure", () => {
    const figures = new Figures();
    figures.add("a", 3);
    figures.add("a", 1, 2);
    expect(figures.run.figures).toEqual({ a: [3, 1, 2] });
    expect([0, 0.25, 0.5, 1].map((share) => quantile([3, 1, 2], share))).toEqual([1, 1.5, 2, 3]);
  });
});
