import { InferenceSession } from "onnxruntime-node";
import { afterEach, expect, it, vi } from "vitest";
import { createEngine } from "../../src/engine/engine";
import { collectGarbage } from "../../src/engine/garbage";
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

it("counts what a load takes for a while before it takes it, all of the file that is written for the runtime", async () => {
  const engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
  const events: string[] = [];
  const files: number[] = [];
  let counted = 0;
  const { makeRoom, take } = Memory.prototype;
  vi.spyOn(Memory.prototype, "makeRoom").mockImplementation(function (this: Memory, bytes, keep) {
    events.push(bytes > 0 ? "room" : "");
    return makeRoom.call(this, bytes, keep);
  });
  vi.spyOn(Memory.prototype, "take").mockImplementation(function (this: Memory, bytes) {
    counted += bytes;
    const giveBack = take.call(this, bytes);
    return () => {
      counted -= bytes;
      giveBack();
    };
  });
  const create = InferenceSession.create.bind(InferenceSession) as (...given: unknown[]) => Promise<InferenceSession>;
  vi.spyOn(InferenceSession, "create").mockImplementation(async (...given: unknown[]) => {
    const [file] = given;
    const { byteLength } = file as Uint8Array;
    // Names and the graph itself are small beside its weights.
    expect(counted).toBeGreaterThan(byteLength * 0.95);
    expect(events.filter((event) => event !== "").slice(-1)).toEqual(["room"]);
    files.push(byteLength);
    events.length = 0;
    return await create(...given);
  });
  await engine.explain(requestFor(review, { methods: ["saliency"] }), never);
  // The model, whose weights are stored as integers, and its backward pass.
  expect(files.filter((bytes) => bytes > 2 ** 24)).toHaveLength(2);
  expect(counted).toBe(0);
  await engine.dispose();
});

it("frees what nobody refers to any more when a load has ended", async () => {
  const made = () => new WeakRef(new Float32Array(2 ** 22));
  const array = made();
  await new Promise(setImmediate);
  collectGarbage();
  expect(array.deref()).toBeUndefined();
});
