import { describe, expect, it } from "vitest";
import { maskedRow } from "../../../src/engine/textTarget";

/** A window of four tokens that are read at some places. */
function input(at: readonly number[]) {
  const row = { ids: Int32Array.of(11, 12, 13, 14), segments: new Int32Array(4), at };
  return { positions: [0, 1, 2, 3], row, weights: new Float64Array(4).fill(1), share: 1 };
}

describe("a row of which tokens are taken out", () => {
  it.each([
    [[1, 1, 1, 1], [3], [11, 12, 13, 14], [3]],
    [[1, 0, 1, 1], [3], [11, 13, 14], [2]],
    // What stands last is where the next token is read.
    [[1, 1, 1, 0], [3], [11, 12, 13], [2]],
    [[1, 1, 0, 0], [3], [11, 12], [1]],
    [
      [0, 1, 1, 0],
      [0, 3],
      [12, 13],
      [0, 1],
    ],
  ])("of those of %j that are kept, read at %j, is read within what is left", (kept, at, ids, left) => {
    const row = maskedRow(input(at), Uint8Array.from(kept), { kind: "delete" });
    expect(Array.from(row.ids)).toEqual(ids);
    expect(row.at).toEqual(left);
  });
});
