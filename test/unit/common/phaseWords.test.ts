import { describe, expect, it } from "vitest";
import { fill, phaseWords } from "../../../src/common/words";

describe("what a run is doing", () => {
  it("has the end of a text that is being written, clean", () => {
    const progress = { phase: "writing", done: 4, total: 20, remainingMilliseconds: null } as const;
    expect(phaseWords(progress, fill)).toBe("Writing: token 5 of 20");
    expect(phaseWords({ ...progress, written: " good\nfilm\u202e" }, fill)).toBe("Writing: token 5 of 20: …good film");
    expect(phaseWords({ ...progress, written: "x".repeat(500) }, fill)).toHaveLength(85);
  });
});
