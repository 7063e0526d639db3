import { describe, expect, it } from "vitest";
import { chosenMatrices } from "../../../src/cli/chosenMatrices";
import type { AttentionStage, Explanation } from "../../../src/common/explanation";
import { sampleExplanation } from "../editor/fixture";

const stages: readonly AttentionStage[] = [
  { part: "encoder", layer: 0, heads: 2 },
  { part: "decoder", layer: 0, heads: 1 },
  { part: "cross", layer: 0, heads: 1 },
];

/** Five tokens, of which the last two were written. */
function written(): Explanation {
  const sample = sampleExplanation();
  const tokens = sample.tokens.slice(0, 5).map((token, at) => ({ ...token, segment: at < 3 ? 0 : 2 }) as const);
  return sampleExplanation({
    tokens,
    windows: [{ start: 0, end: 28, firstToken: 0, endToken: 5 }],
    attention: { layers: 3, heads: 2, kind: "cross", stages, lookers: [] },
  });
}

/** Answers with the number of each weight in a matrix over all tokens. */
const engine = {
  request: async () => ({ queries: 5, keys: 5, values: Float32Array.from({ length: 25 }, (_, at) => at) }),
};

const { signal } = new AbortController();

describe("the attention matrices of an encoder and a decoder", () => {
  it("are all that there are, where the parts have different numbers of heads", async () => {
    const found = await chosenMatrices(engine as never, written(), "all", signal);
    expect(found?.map(({ layer, head, kind }) => [layer, head, kind])).toEqual([
      [0, 0, "self"],
      [0, 1, "self"],
      [1, 0, "causal"],
      [2, 0, "cross"],
    ]);
  });

  it("are over the tokens of their parts: of cross attention the rows are of the output, the columns of the text", async () => {
    const choice = [0, 1, 2].map((layer) => ({ layer, head: 0 }));
    const found = await chosenMatrices(engine as never, written(), choice, signal);
    expect(found?.map(({ queries, keys, values }) => [queries, keys, ...values])).toEqual([
      [3, 3, 0, 1, 2, 5, 6, 7, 10, 11, 12],
      [2, 2, 18, 19, 23, 24],
      [2, 3, 15, 16, 17, 20, 21, 22],
    ]);
  });

  it("are whole where there is one stream", async () => {
    const found = await chosenMatrices(
      engine as never,
      { ...written(), attention: { layers: 1, heads: 1, kind: "causal", lookers: [] } },
      "all",
      signal,
    );
    expect(found?.map(({ queries, keys, kind }) => [queries, keys, kind])).toEqual([[5, 5, "causal"]]);
  });
});
