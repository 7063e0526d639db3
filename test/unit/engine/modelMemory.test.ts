import { describe, expect, it } from "vitest";
import { ModelMemory } from "../../../src/engine/modelMemory";

/** The memory of a model whose parts take what is given; `log` is what was freed. */
function memoryOf(gradients: number, attention: number, logits: number, graph = 0, inside = 0) {
  const log: string[] = [];
  const owners = {
    session: { bytes: 100, fed: null, parts: { bytes: graph, clear: () => log.push("graph") } },
    gradients: {
      bytes: gradients + 5,
      spare: gradients,
      giveUpIdle: async () => {
        log.push("gradients");
      },
    },
    inside: {
      bytes: inside,
      spare: inside,
      giveUpIdle: async () => {
        log.push("inside");
      },
    },
    decoding: none,
    attention: { bytes: attention, clear: () => log.push("attention") },
    batcher: { bytes: logits, clear: () => log.push("logits") },
  };
  return { memory: new ModelMemory(owners), log };
}

const none = { bytes: 0, spare: 0, giveUpIdle: async () => {} };

describe("what a model takes", () => {
  it("has an owner, all of it, and what is kept for speed can be freed", () => {
    const { memory } = memoryOf(20, 7, 3, 2, 4);
    expect(memory.parts).toEqual([
      { owner: "weights", bytes: 100 },
      { owner: "graph", bytes: 2 },
      { owner: "gradients", bytes: 25 },
      { owner: "inside", bytes: 4 },
      { owner: "attention", bytes: 7 },
      { owner: "logits", bytes: 3 },
    ]);
    expect([memory.bytes, memory.spare]).toEqual([141, 36]);
    expect(memoryOf(0, 0, 0).memory.parts.map(({ owner }) => owner)).toEqual(["weights", "gradients"]);
  });

  it("is freed in the order in which it is soonest made again, remembered evaluations only where that is not enough", async () => {
    const { memory, log } = memoryOf(20, 7, 3);
    await memory.trim(() => true);
    expect(log).toEqual(["attention", "graph", "inside", "gradients"]);
    await memory.trim(() => false);
    expect(log).toEqual([
      ...["attention", "graph", "inside", "gradients"],
      ...["attention", "graph", "inside", "gradients", "logits"],
    ]);
  });

  it("is the rest where the model has neither gradients nor attention", async () => {
    const batcher = { bytes: 3, clear: () => undefined };
    const memory = new ModelMemory({
      session: { bytes: 100, fed: null, parts: { bytes: 0, clear: () => undefined } },
      gradients: null,
      inside: null,
      decoding: none,
      attention: null,
      batcher,
    });
    expect([memory.bytes, memory.spare]).toEqual([103, 3]);
    await memory.trim(() => false);
  });
});
