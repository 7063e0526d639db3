import { describe, expect, it } from "vitest";
import { agreementOf } from "../../../src/common/agreement";
import { attribution, sampleExplanation } from "../editor/fixture";

describe("agreement of methods", () => {
  const scores = [9, 0.1, 0.5, -0.2, -0.9, 0.3, 0.05, 0, 9];

  it("is full between equal scores, and none of the signs between opposite ones", () => {
    const opposite = scores.map((score) => -score);
    const found = agreementOf(
      sampleExplanation({ attributions: [attribution("lime", scores), attribution("lrp", opposite)] }),
    );
    expect(found?.methods).toEqual(["lime", "lrp"]);
    expect(found?.tau).toEqual([
      [1, -1],
      [-1, 1],
    ]);
    // The largest by size are the same.
    expect(found?.overlap[0]?.[1]).toBe(1);
    expect(found?.strongest).toBe(2);
  });

  it("goes by sizes where one method has no signs", () => {
    const sizes = scores.map(Math.abs);
    const found = agreementOf(
      sampleExplanation({ attributions: [attribution("lime", scores), attribution("rollout", sizes)] }),
    );
    expect(found?.tau[0]?.[1]).toBe(1);
  });

  it("leaves out special and masked tokens, and counts what the strongest have in common", () => {
    // Of tokens 2 to 7, only those: the strongest two are 4 and 2, and 4 and 3.
    const other = [0, 100, 0.1, 0.8, 0.9, 0, 0.2, 0.3, 100];
    const found = agreementOf(
      sampleExplanation({ masked: [1], attributions: [attribution("lime", scores), attribution("rollout", other)] }),
    );
    expect(found?.overlap[0]?.[1]).toBe(0.5);
  });

  it("takes two methods, and of constant scores only what they have in common", () => {
    expect(agreementOf(sampleExplanation({ attributions: [attribution("lime", scores)] }))).toBeNull();
    const constant = attribution("lrp", [0, 1, 1, 1, 1, 1, 1, 1, 0]);
    const found = agreementOf(sampleExplanation({ attributions: [attribution("lime", scores), constant] }));
    expect(found?.tau[0]?.[1]).toBeNull();
    expect(found?.overlap[0]?.[1]).toBe(0.5);
  });
});
