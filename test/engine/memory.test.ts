import { afterEach, expect, it, vi } from "vitest";
import { createEngine } from "../../src/engine/engine";
import { Memory } from "../../src/engine/memory";
import { never, requestFor, review } from "./support";

afterEach(() => vi.restoreAllMocks());

it("counts what runs take while they go on, those of attention, evaluations and gradients", async () => {
  const engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
  const { take } = Memory.prototype;
  let [open, runs] = [0, 0];
  const taken: number[] = [];
  vi.spyOn(Memory.prototype, "take").mockImplementation(function (this: Memory, bytes) {
    taken.push(bytes);
    open++;
    runs++;
    const before = this.left;
    const giveBack = take.call(this, bytes);
    expect(this.left).toBe(before - bytes);
    return () => {
      open--;
      giveBack();
    };
  });
  const counts: number[] = [];
  for (const method of ["rollout", "occlusion", "saliency"] as const) {
    await engine.explain(requestFor(`${review} ${method}`, { methods: [method] }), never);
    counts.push(runs);
  }
  expect(open).toBe(0);
  expect(taken.every((bytes) => bytes > 100_000)).toBe(true);
  // Each has runs of its own: of attention, of many changed texts, and with a backward pass.
  expect(counts[1]).toBeGreaterThan((counts[0] ?? 0) + 2);
  expect(counts[2]).toBeGreaterThan((counts[1] ?? 0) + 2);
  await engine.dispose();
});
