import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { formatMessage } from "../../../src/common/message";
import { checkMachine, type Holder, Memory } from "../../../src/engine/memory";

/** Holders of a memory of 100, named by their bytes; `log` is what they were asked. */
function memoryOf(...held: { bytes: number; isIdle?: boolean; spare?: number }[]) {
  const log: string[] = [];
  const holders = new Set<Holder>();
  for (const { bytes, isIdle = true, spare = 0 } of held) {
    const holder = {
      bytes,
      spare,
      isIdle,
      giveUp: async () => {
        log.push(`up ${bytes}`);
        holders.delete(holder);
      },
      trim: async () => {
        log.push(`trim ${bytes}`);
        holder.bytes -= holder.spare;
        holder.spare = 0;
      },
    };
    holders.add(holder);
  }
  return { memory: new Memory(100, () => holders), holders: [...holders], log };
}

describe("the memory setting", () => {
  it("frees nothing where there is room", async () => {
    const { memory, log } = memoryOf({ bytes: 30 }, { bytes: 20 });
    await memory.makeRoom(50);
    expect([memory.left, log]).toEqual([50, []]);
  });

  it("frees what was used least recently first, and no more than is needed", async () => {
    const { memory, log } = memoryOf({ bytes: 30 }, { bytes: 20 }, { bytes: 40 });
    await memory.makeRoom(35);
    expect([memory.left, log]).toEqual([40, ["up 30"]]);
  });

  it("never frees what is used or what is asked for, but takes what they keep for speed", async () => {
    const { memory, holders, log } = memoryOf(
      { bytes: 30, isIdle: false, spare: 5 },
      { bytes: 20 },
      { bytes: 40, spare: 9 },
    );
    await memory.makeRoom(40, holders[2]);
    expect([memory.left, log]).toEqual([35 + 9, ["up 20", "trim 30", "trim 40"]]);
  });

  it("trims what will be used next last of all, and only where that is enough", async () => {
    const enough = memoryOf({ bytes: 60, spare: 30 }, { bytes: 30, isIdle: false, spare: 10 });
    await enough.memory.makeRoom(50, enough.holders[0]);
    expect([enough.memory.left, enough.log]).toEqual([50, ["trim 30", "trim 60"]]);
    const never = memoryOf({ bytes: 60, spare: 30 }, { bytes: 30, isIdle: false, spare: 10 });
    await never.memory.makeRoom(51, never.holders[0]);
    expect([never.memory.left, never.log]).toEqual([20, ["trim 30"]]);
  });

  it("counts what is taken for a while, once", async () => {
    const { memory, log } = memoryOf({ bytes: 30 }, { bytes: 20 });
    const giveBack = memory.take(60);
    expect(memory.left).toBe(-10);
    await memory.makeRoom(0);
    expect([memory.left, log]).toEqual([20, ["up 30"]]);
    giveBack();
    giveBack();
    expect(memory.left).toBe(80);
  });

  it("has words for what is larger than it, and an error for what is larger than the machine", () => {
    const { memory } = memoryOf();
    expect(memory.excess(100)).toBeNull();
    expect(memory.excessOfRun(100)).toBeNull();
    memory.limit = 256 * 2 ** 20;
    expect(formatMessage(memory.excess(300 * 2 ** 20) ?? { template: "", args: [] })).toMatch(
      /about 300 MB.*engine\.memory \(256 MB\)/,
    );
    expect(() => checkMachine("model.onnx", 10, 10)).not.toThrow();
    expect(() => checkMachine("model.onnx", 11, 10)).toThrow(ExplainError);
  });
});
