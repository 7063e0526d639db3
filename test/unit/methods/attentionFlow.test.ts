import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { attentionFlow } from "../../../src/methods/attentionFlow";
import type { LayerAttention } from "../../../src/methods/attentionScores";
import { LayeredFlow } from "../../../src/methods/maths/layeredFlow";
import { insideTarget } from "./insideTarget";
import { attentionQuestion } from "./question";

interface Case {
  readonly layers: readonly (readonly number[])[];
  readonly read: number | null;
  readonly flows: readonly number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../golden/flow/cases.json", import.meta.url), "utf8"),
);

const never = new AbortController().signal;

async function scoresOf({ layers, read, flows }: Case, signal = never, onProgress?: (tokens: number) => void) {
  const tokens = flows.length;
  const maps = layers.map(
    (values): LayerAttention => ({ heads: 1, queries: tokens, keys: tokens, values: Float32Array.from(values) }),
  );
  const target = insideTarget({ tokens, maps: async () => maps });
  return (
    await attentionFlow.run(target, attentionQuestion(layers.length, read), {
      seed: 0,
      signal,
      ...(onProgress ? { onProgress } : {}),
    })
  ).values;
}

describe("attention flow", () => {
  it.each(cases.map((one, number) => [number, one] as const))("is that of networkx: case %i", async (_, golden) => {
    const total = golden.flows.reduce((sum, flow) => sum + flow, 0);
    const scores = await scoresOf(golden);
    for (const [token, flow] of golden.flows.entries()) {
      expect(Math.abs((scores[token] ?? Number.NaN) - flow / total)).toBeLessThan(1e-6);
    }
  });

  it("takes back what it sent along a way that others need", () => {
    // The first way takes the only edge that the second node above can use; it must give it back.
    const network = new LayeredFlow(
      [
        [1, 0, 1, 0],
        [1, 1, 1, 0],
      ],
      [1, 1],
    );
    const search = network.to(0);
    let step = search.next();
    while (!step.done) {
      step = search.next();
    }
    expect(step.value).toBe(2);
  });

  it("computes no more once it is cancelled", async () => {
    const [golden] = cases.toReversed();
    const control = new AbortController();
    const done: number[] = [];
    const run = scoresOf(golden ?? { layers: [], read: 0, flows: [] }, control.signal, (tokens) => {
      done.push(tokens);
      control.abort();
    });
    await expect(run).rejects.toMatchObject({ reason: "cancelled" });
    expect(done).toEqual([1]);
  });
});
