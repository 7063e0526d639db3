import { describe, expect, it } from "vitest";
import { checkText } from "../../src/common/textLimits";
import { mergeByShare, mergeErrors, planWindows, triangularWeights } from "../../src/engine/windows";
import { reasonOf } from "../support/reasonOf";

describe("texts no model can read", () => {
  it("are refused with a reason", () => {
    expect(reasonOf(() => checkText("fine", null))).toBe("none");
    expect(reasonOf(() => checkText("", null))).toBe("text-empty");
    expect(reasonOf(() => checkText(" \t\r\n\u00a0\u2003", null))).toBe("text-empty");
    expect(reasonOf(() => checkText("fine", ""))).toBe("text-empty");
    expect(reasonOf(() => checkText("PK\0\x01\x02", null))).toBe("text-binary");
    expect(reasonOf(() => checkText("x".repeat(20_000), null))).toBe("none");
    expect(reasonOf(() => checkText("x".repeat(15_000), "x".repeat(5001)))).toBe("text-too-long");
  });

  it("say how long they may be", () => {
    expect(() => checkText("x".repeat(200_000), null)).toThrow("200,000 characters; at most 20,000");
  });
});

describe("windows", () => {
  it("are one when the text fits", () => {
    expect(planWindows(510, 510)).toEqual([{ start: 0, end: 510 }]);
  });

  it("cover every token, overlap by at least a quarter and are equally long", () => {
    for (const content of [511, 600, 893, 894, 2000, 6000]) {
      const windows = planWindows(content, 510);
      expect(windows[0]?.start).toBe(0);
      expect(windows.at(-1)?.end).toBe(content);
      windows.forEach((window, index) => {
        expect(window.end - window.start).toBe(510);
        const next = windows[index + 1];
        if (next) {
          expect(window.end - next.start).toBeGreaterThanOrEqual(127);
          expect(next.start).toBeGreaterThan(window.start);
        }
      });
    }
  });

  it("are at most sixteen", () => {
    const most = 510 + 15 * 383;
    expect(planWindows(most, 510)).toHaveLength(16);
    expect(() => planWindows(most + 1, 510)).toThrow("at most 6,255");
  });

  it("count most in their middle", () => {
    expect(triangularWeights(5)).toEqual([1, 2, 3, 2, 1]);
    expect(triangularWeights(4)).toEqual([1, 2, 2, 1]);
  });

  it("are merged by their share in what is shown; errors as those of independent sums", () => {
    const parts = [
      { values: [1, 2, 0], share: 0.25 },
      { values: [0, 6, 4], share: 0.75 },
    ];
    expect(mergeByShare(parts, 4)).toEqual([0.25, 5, 3, 0]);
    expect(mergeErrors(parts, 3)).toEqual([0.25, Math.hypot(0.5, 4.5), 3]);
  });
});
