import { expect, it } from "vitest";
import { checkedOptions, firstOptions } from "../../../src/engine/engineOptions";

it.each([
  [
    { threads: 2, memoryMegabytes: 256 },
    { threads: 2, memoryMegabytes: 256 },
  ],
  [{ threads: Number.NaN, memoryMegabytes: Number.NaN }, firstOptions],
  [{ threads: "2", memoryMegabytes: null }, firstOptions],
  [{}, firstOptions],
  [
    { threads: -1, memoryMegabytes: -1 },
    { threads: 0, memoryMegabytes: 0 },
  ],
  [
    { threads: 1.5, memoryMegabytes: Number.POSITIVE_INFINITY },
    { threads: 1, memoryMegabytes: 2 ** 24 },
  ],
])("options of the engine are sensible numbers, whatever came: %o", (given, expected) => {
  expect(checkedOptions(given as unknown as typeof firstOptions)).toEqual(expected);
});
