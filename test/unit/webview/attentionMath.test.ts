import { describe, expect, it } from "vitest";
import type { HeadMatrix } from "../../../src/common/look";
import {
  decayCurve,
  keepTopMass,
  matrixFigures,
  type ShapeOptions,
  shapeHead,
  strongestColumns,
} from "../../../webview/pictures/attentionMath";

const all: ShapeOptions = { showSpecial: true, renormalise: false, topMass: 100 };
const ends = [true, false, false, true];

/** Four tokens, the outer two special; every row sums to 1. */
const matrix: HeadMatrix = {
  queries: 4,
  keys: 4,
  values: Float32Array.of(0.7, 0.1, 0.1, 0.1, 0.5, 0.3, 0.1, 0.1, 0.2, 0.5, 0.2, 0.1, 0.25, 0.25, 0.25, 0.25),
};

function rounded(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Number(value.toFixed(5)));
}

describe("shapeHead", () => {
  it("shows everything as it is", () => {
    const shaped = shapeHead(matrix, ends, ends, all);
    expect(shaped.rows).toEqual([0, 1, 2, 3]);
    expect(rounded(shaped.values)).toEqual(rounded(matrix.values));
    expect(shaped.maximum).toBeCloseTo(0.7);
    expect(shaped.meanHiddenMass).toBe(0);
  });

  it("hides special rows and columns, says how much they held, and fits the range to the rest", () => {
    const shaped = shapeHead(matrix, ends, ends, { ...all, showSpecial: false });
    expect(shaped.rows).toEqual([1, 2]);
    expect(shaped.columns).toEqual([1, 2]);
    expect(rounded(shaped.values)).toEqual([0.3, 0.1, 0.5, 0.2]);
    expect(shaped.maximum).toBeCloseTo(0.5);
    expect(rounded(shaped.hiddenMass)).toEqual([0.6, 0.3]);
    expect(shaped.meanHiddenMass).toBeCloseTo(0.45);
  });

  it("renormalises what is left of each row to 1", () => {
    const shaped = shapeHead(matrix, ends, ends, { showSpecial: false, renormalise: true, topMass: 100 });
    expect(rounded(shaped.values)).toEqual(rounded([0.75, 0.25, 5 / 7, 2 / 7]));
  });

  it("measures the top share on what is shown, not on the whole row", () => {
    const shaped = shapeHead(matrix, ends, ends, { ...all, showSpecial: false, topMass: 70 });
    expect(rounded(shaped.values)).toEqual([0.3, 0, 0.5, 0]);
  });

  it("leaves a row of zeros alone", () => {
    const empty = { queries: 1, keys: 2, values: new Float32Array(2) };
    const shaped = shapeHead(empty, [false], [false, false], { ...all, renormalise: true, topMass: 50 });
    expect(rounded(shaped.values)).toEqual([0, 0]);
    expect(rounded(shaped.hiddenMass)).toEqual([0]);
  });
});

describe("keepTopMass", () => {
  it.each([
    [0.4, [0.5, 0, 0, 0]],
    [0.5, [0.5, 0, 0, 0]],
    [0.6, [0.5, 0.25, 0, 0]],
    [0.9, [0.5, 0.25, 0.125, 0.125]],
    [1, [0.5, 0.25, 0.125, 0.125]],
  ])("keeps the fewest entries that hold %f of a row", (share, kept) => {
    const row = Float32Array.of(0.5, 0.25, 0.125, 0.125);
    keepTopMass(row, share);
    expect([...row]).toEqual(kept);
  });
});

describe("matrixFigures", () => {
  it("has the entropy, distance and special mass of a uniform head", () => {
    const uniform = { queries: 4, keys: 4, values: new Float32Array(16).fill(0.25) };
    const figures = matrixFigures(uniform, ends);
    expect(figures.entropy).toBeCloseTo(2);
    expect(figures.meanDistance).toBeCloseTo(1.25);
    expect(figures.specialMass).toBeCloseTo(0.5);
  });

  it("is 0 everywhere for a head that looks at itself", () => {
    const self = { queries: 2, keys: 2, values: Float32Array.of(1, 0, 0, 1) };
    expect(matrixFigures(self, [false, false])).toEqual({ entropy: 0, meanDistance: 0, specialMass: 0 });
  });
});

describe("decayCurve", () => {
  it("averages over the pairs that are so far apart, each way", () => {
    const { back, ahead } = decayCurve(shapeHead(matrix, ends, ends, all));
    expect(rounded(back)).toEqual(
      rounded([(0.7 + 0.3 + 0.2 + 0.25) / 4, (0.5 + 0.5 + 0.25) / 3, (0.2 + 0.25) / 2, 0.25]),
    );
    expect(ahead[3]).toBeCloseTo(0.1);
    expect(ahead[1]).toBeCloseTo((0.1 + 0.1 + 0.1) / 3);
  });

  it("counts distances in the text, also when tokens between are hidden", () => {
    const hidden = [false, true, false, false];
    const { back } = decayCurve(shapeHead(matrix, hidden, hidden, { ...all, showSpecial: false }));
    expect(back[2]).toBeCloseTo(0.2);
  });
});

describe("strongestColumns", () => {
  it("sorts a row and leaves out what is not there", () => {
    const shaped = shapeHead(matrix, ends, ends, { ...all, topMass: 70 });
    expect(strongestColumns(shaped, 2, 6).map(({ column }) => column)).toEqual([1, 0]);
  });
});
