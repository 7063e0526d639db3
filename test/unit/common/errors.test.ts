import { expect, it, vi } from "vitest";
import { ExplainError } from "../../../src/common/errors";

it("an error of another bundle, whose class is another, is taken for what it is", async () => {
  vi.resetModules();
  const other = await import("../../../src/common/errors");
  expect(other.ExplainError).not.toBe(ExplainError);
  const thrown = new other.ExplainError("text-empty", "There is no text in {0}.", "a.txt");
  expect(thrown).toBeInstanceOf(ExplainError);
  expect(ExplainError.from(thrown)).toBe(thrown);
  expect(ExplainError.from(new Error("boom")).reason).toBe("internal");
});
