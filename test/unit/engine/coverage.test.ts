import { expect, it } from "vitest";
import { coverageWarnings } from "../../../src/engine/coverage";

const token = (index: number, id: number, piece: string, text: string) =>
  ({ index, id, piece, text, start: 0, end: 0, special: false, segment: 0 }) as const;

it("counts what stands for unknown words, and not a text that spells that token itself", () => {
  const known = token(0, 5, "angela", "Angela");
  const warningsOf = (text: string) => coverageWarnings([text], [known, token(1, 1, "<|endoftext|>", text)], 1);
  expect(warningsOf("ж")[0]?.args).toEqual([1, 2]);
  expect(warningsOf("<|endoftext|>")).toEqual([]);
});
