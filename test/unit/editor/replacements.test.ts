import { describe, expect, it } from "vitest";
import { Replacements } from "../../../src/editor/replacements";

describe("Replacements", () => {
  it("leaves an id alone that nothing replaced", () => {
    expect(new Replacements().latest(7)).toBe(7);
  });

  it("follows a line of replacements to its end", () => {
    const replacements = new Replacements();
    replacements.add(1, 2);
    replacements.add(2, 5);
    replacements.add(3, 4);
    expect([1, 2, 3, 5].map((id) => replacements.latest(id))).toEqual([5, 5, 4, 5]);
  });
});
