import { describe, expect, it } from "vitest";
import { formatNumber } from "../../../src/common/format";

describe("a number", () => {
  it("has a true minus sign, but none where it is shown as 0", () => {
    expect([1.25, -1.25, -0.0004, 0].map(formatNumber)).toEqual(["1.250", "−1.250", "0.000", "0.000"]);
  });
});
