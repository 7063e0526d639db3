import { describe, expect, it } from "vitest";
import { maskForm } from "../../../src/engine/maskForm";

/** Two heads over `tokens` tokens; a head looks where `may` says, the other at itself. */
function layer(tokens: number, may: (query: number, key: number) => boolean) {
  const cells = Array.from({ length: tokens * tokens }, (_, at) => [Math.floor(at / tokens), at % tokens] as const);
  const first = cells.map(([query, key]) => (may(query, key) ? 0.1 : 0));
  const second = cells.map(([query, key]) => (query === key ? 1 : 0));
  return { heads: 2, queries: tokens, keys: tokens, values: Float32Array.from([...first, ...second]) };
}

describe("the mask of a layer", () => {
  it("is seen from the zeros of all heads together", () => {
    expect(maskForm(layer(6, () => true))).toEqual({ causal: false, window: null });
    expect(maskForm(layer(6, (query, key) => key <= query))).toEqual({ causal: true, window: null });
    expect(maskForm(layer(6, (query, key) => Math.abs(key - query) <= 2))).toEqual({ causal: false, window: 2 });
    expect(maskForm(layer(6, (query, key) => key <= query && query - key < 3))).toEqual({ causal: true, window: 2 });
  });

  it("is not told from one token", () => {
    expect(maskForm(layer(1, () => true))).toEqual({ causal: false, window: null });
  });
});
