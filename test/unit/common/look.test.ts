import { describe, expect, it } from "vitest";
import { lookSource, readLook } from "../../../src/common/look";
import { sampleExplanation } from "../editor/fixture";

describe("lookSource", () => {
  it("lists what the model read", () => {
    const found = lookSource(sampleExplanation(), 0);
    expect(found.ids).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108]);
    expect(found.special).toEqual([true, false, false, false, false, false, false, false, true]);
    expect(() => lookSource(sampleExplanation(), 1)).toThrow("The text has no part 2.");
  });

  it("takes one window of a long text, with the special tokens", () => {
    const windows = [
      { start: 0, end: 11, firstToken: 1, endToken: 4 },
      { start: 10, end: 28, firstToken: 3, endToken: 8 },
    ];
    expect(lookSource(sampleExplanation({ windows }), 1).ids).toEqual([100, 103, 104, 105, 106, 107, 108]);
  });
});

describe("readLook", () => {
  it("takes the fields of a kind and nothing else", () => {
    expect(readLook({ kind: "head", layer: 1, head: 2, file: "/etc" })).toEqual({ kind: "head", layer: 1, head: 2 });
    expect(readLook({ kind: "aggregate", by: "mean", layer: null })).toEqual({
      kind: "aggregate",
      by: "mean",
      layer: null,
    });
    expect(readLook({ kind: "overview", special: [] })).toEqual({ kind: "overview" });
    const place = { position: 3, output: 250_000 };
    const asked = { kind: "changes", index: 250_000, seed: 2 ** 40, places: [{ ...place, file: "/etc" }] };
    expect(readLook(asked)).toEqual({ ...asked, places: [place] });
  });

  it.each([
    null,
    "head",
    {},
    { kind: "constructor" },
    { kind: "head", layer: 0 },
    { kind: "head", layer: -1, head: 0 },
    { kind: "aggregate", by: "toString", layer: 0 },
    { kind: "aggregate", by: "mean", layer: 1.5 },
    { kind: "changes", index: 0, seed: -1, places: [] },
    { kind: "changes", index: 0, seed: 1 },
    { kind: "changes", index: 0, seed: 1, places: [{ position: -1, output: 0 }] },
  ])("drops %j", (value) => {
    expect(readLook(value)).toBeNull();
  });
});
