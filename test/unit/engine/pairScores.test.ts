import { describe, expect, it } from "vitest";
import { pairScores } from "../../../src/engine/pairScores";

const text = {
  words: [[1], [2, 3], [4]].map((tokens) => ({ start: 0, end: 0, segment: 0 as const, tokens })),
  sentences: [],
};
const piece = (share: number, groups: number[][], values: number[], standardErrors: number[]) => ({
  share,
  features: { kind: "word" as const, groups },
  scored: { values: [], sum: null, evaluations: 0, pairs: { values, standardErrors } },
});

describe("pairs of a text in pieces", () => {
  it("are parts of their mean, by the places of the units", () => {
    const first = piece(0.25, [[1], [2, 3]], [4], [0.4]);
    const second = piece(0.75, [[1], [2, 3], [4]], [8, -4, 2], [0.4, 0, Number.POSITIVE_INFINITY]);
    const [both, far, near] = pairScores(text, [first, second], "word") ?? [];
    expect(both).toMatchObject({ first: 0, second: 1, score: 7 });
    expect(both?.standardError).toBeCloseTo(Math.hypot(0.1, 0.3), 12);
    expect(far).toEqual({ first: 0, second: 2, score: -3, standardError: 0 });
    expect(near).toEqual({ first: 1, second: 2, score: 1.5, standardError: null });
    expect(pairScores(text, [first], "token")).toMatchObject([{ first: 1, second: 2 }]);
  });

  it("are none where a piece has none", () => {
    const without = { ...piece(1, [[1]], [], []), scored: { values: [], sum: null, evaluations: 0 } };
    expect(pairScores(text, [without], "word")).toBeNull();
  });
});
