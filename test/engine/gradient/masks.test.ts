import { describe, expect, it } from "vitest";
import { differentiate } from "../../../src/graph/gradient/differentiate";
import { makeNode } from "../../../src/graph/node";
import { integerTensor } from "../../../src/graph/tensor";
import { graphProto, model, randomNumbers } from "../../unit/graph/build";
import { floatsTensor, graphFrom, numbersIn, rulesUnderTest, sessionOf } from "./support";

const [texts, tokens, width] = [1, 4, 3];
const infinite = Number.NEGATIVE_INFINITY;

/** Causal attention with a text padded on the left: query 0 is padding and may look at nothing. */
function mask(masked: number): number[] {
  return Array.from({ length: tokens * tokens }, (_, i) => {
    const [query, key] = [Math.floor(i / tokens), i % tokens];
    return key > query || key === 0 ? masked : 0;
  });
}

/** One attention over x, with NaN probabilities replaced by 0 as SDPA exports do or left; the target is its last token. */
function attention(guarded: boolean) {
  const nodes = [
    makeNode("Transpose", ["x"], ["keys"], { perm: [0, 2, 1] }),
    makeNode("MatMul", ["x", "keys"], ["scores"]),
    makeNode("Add", ["scores", "mask"], ["masked"]),
    makeNode("Softmax", ["masked"], ["p"], { axis: -1 }),
    ...(guarded
      ? [
          makeNode("IsNaN", ["p"], ["none"]),
          makeNode("Sub", ["zero", "zero"], ["nothing"]),
          makeNode("Where", ["none", "nothing", "p"], ["map"]),
        ]
      : [makeNode("Identity", ["p"], ["map"])]),
    makeNode("MatMul", ["map", "x"], ["mixed"]),
    makeNode("Gather", ["mixed", "last"], ["y"], { axis: 1 }),
  ];
  const shaped = (name: string, dims: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });
  const inputs = [shaped("x", [texts, tokens, width]), shaped("mask", [tokens, tokens]), shaped("zero", [])];
  return graphFrom(model(graphProto(nodes, inputs, ["y"], [integerTensor("last", [], [BigInt(tokens - 1)])])));
}

async function gradientOf(guarded: boolean, masked: number): Promise<number[]> {
  const wrt = new Map([["x", "dx"]]);
  const session = await sessionOf(
    differentiate(attention(guarded), { target: "y", seed: "seed", wrt }, rulesUnderTest),
  );
  const random = randomNumbers(3);
  const x = Array.from({ length: texts * tokens * width }, () => 2 * random() - 1);
  const results = await session.run({
    x: floatsTensor(x, [texts, tokens, width], false),
    mask: floatsTensor(mask(masked), [tokens, tokens], false),
    zero: floatsTensor([0], [], false),
    seed: floatsTensor([1, 2, 3], [texts, width], false),
  });
  await session.release();
  return numbersIn(results.dx);
}

describe("gradients through queries that may look nowhere", () => {
  it.each([true, false])("are those of a finite mask, NaN replaced in the model: %s", async (guarded) => {
    const [exact, finite] = [await gradientOf(guarded, infinite), await gradientOf(guarded, -1e9)];
    expect(finite.some((gradient) => Math.abs(gradient) > 0.1)).toBe(true);
    for (const [i, gradient] of exact.entries()) {
      expect(gradient).toBeCloseTo(finite[i] ?? Number.NaN, 6);
    }
  });
});
