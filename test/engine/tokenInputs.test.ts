import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { feedsOf, readInputs, segmentsUnread } from "../../src/engine/tokenInputs";

const dims = ["batch", "tokens"];
const inputs = ["input_ids", "attention_mask", "token_type_ids", "position_ids"].map((name) => ({
  name,
  elementType: name === "token_type_ids" ? "int32" : "int64",
  dims,
}));

describe("what a model is fed", () => {
  it("is the tokens, ones, segments and positions counted from 0, in the model's whole numbers", () => {
    const rows = [
      { ids: Int32Array.of(7, 8, 9), segments: Int32Array.of(0, 0, 1) },
      { ids: Int32Array.of(4, 5, 6), segments: Int32Array.of(0, 1, 1) },
    ];
    const feeds = feedsOf(Tensor, readInputs(inputs), rows);
    const numbers = Object.entries(feeds).map(([name, { type, dims: sizes, data }]) => [
      name,
      type,
      sizes,
      Array.from(data as Int32Array | BigInt64Array, Number),
    ]);
    expect(numbers).toEqual([
      ["input_ids", "int64", [2, 3], [7, 8, 9, 4, 5, 6]],
      ["attention_mask", "int64", [2, 3], [1, 1, 1, 1, 1, 1]],
      ["token_type_ids", "int32", [2, 3], [0, 0, 1, 0, 1, 1]],
      ["position_ids", "int64", [2, 3], [0, 1, 2, 0, 1, 2]],
    ]);
  });
});

describe("a file that does not read which text a token belongs to", () => {
  const pair = [{ ids: Int32Array.of(7, 8), segments: Int32Array.of(0, 1) }];
  const single = [{ ids: Int32Array.of(7, 8), segments: Int32Array.of(0, 0) }];
  const without = ["input_ids", "attention_mask"];

  it("is warned of for two texts, where the model was made to be told", () => {
    expect(segmentsUnread({ inputs: without, segments: 2 }, pair)?.template).toContain("token_type_ids");
    expect(segmentsUnread({ inputs: without, segments: 2 }, single)).toBeNull();
    expect(segmentsUnread({ inputs: without, segments: 1 }, pair)).toBeNull();
    expect(segmentsUnread({ inputs: [...without, "token_type_ids"], segments: 2 }, pair)).toBeNull();
  });
});
