import { describe, expect, it } from "vitest";
import { Batcher, type Row } from "../../src/engine/batcher";
import { never, reasonOf } from "./support";

function row(...ids: number[]): Row {
  return { ids: Int32Array.from(ids), segments: new Int32Array(ids.length) };
}

/** A model whose only logit is the sum of the ids, and what it was asked. */
function summing(millisecondsPerToken = 0) {
  const runs: (readonly Row[])[] = [];
  let clock = 0;
  const forward = async (rows: readonly Row[]) => {
    runs.push(rows);
    clock += millisecondsPerToken * rows.reduce((sum, { ids }) => sum + ids.length, 0);
    return rows.map(({ ids }) => Float32Array.of(ids.reduce((sum, id) => sum + id, 0)));
  };
  return { runs, forward, now: () => clock };
}

const sums = (logits: readonly Float32Array[]) => logits.map(([sum]) => sum);

describe("the batcher", () => {
  it("answers in the order asked, runs rows of one length together and never pads", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward);
    const logits = await batcher.evaluate([row(1, 2, 3), row(4), row(5, 6, 7), row(8, 9), row(10)], never);
    expect(sums(logits)).toEqual([6, 4, 18, 17, 10]);
    expect(model.runs.map((rows) => rows.map(({ ids }) => ids.length))).toEqual([[1, 1], [2], [3, 3]]);
  });

  it("evaluates each distinct row once and remembers it", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward);
    expect(sums(await batcher.evaluate([row(1, 2), row(1, 2), row(2, 2)], never))).toEqual([3, 3, 4]);
    expect(model.runs.flat()).toHaveLength(2);
    expect(sums(await batcher.evaluate([row(2, 2), row(1, 2)], never))).toEqual([4, 3]);
    expect(model.runs.flat()).toHaveLength(2);
  });

  it("tells rows apart that differ only in which text they belong to", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward);
    await batcher.evaluate([row(1, 2), { ...row(1, 2), segments: Int32Array.of(0, 1) }], never);
    expect(model.runs.flat()).toHaveLength(2);
  });

  it("tells rows apart by where their output begins, and runs those together that have it at one place", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward);
    const from = (outputFrom: number, ...ids: number[]): Row => ({ ...row(...ids), outputFrom });
    await batcher.evaluate([from(2, 1, 2, 3), from(1, 1, 2, 3), from(2, 4, 5, 6), row(1, 2, 3)], never);
    expect(model.runs.map((rows) => rows.map(({ outputFrom }) => outputFrom))).toEqual([[undefined], [1], [2, 2]]);
  });

  it("forgets what was used least recently when its memory is full", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward, { cacheBytes: 320 });
    for (const id of [1, 2, 3, 1, 4]) {
      await batcher.evaluate([row(id)], never);
    }
    const before = model.runs.length;
    await batcher.evaluate([row(1)], never);
    expect(model.runs.length).toBe(before);
    await batcher.evaluate([row(2)], never);
    expect(model.runs.length).toBe(before + 1);
  });

  it("says what its memory takes, and forgets it when told to", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward);
    expect(batcher.bytes).toBe(0);
    await batcher.evaluate([row(1), row(2)], never);
    expect(batcher.bytes).toBeGreaterThan(0);
    batcher.clear();
    expect(batcher.bytes).toBe(0);
    await batcher.evaluate([row(1)], never);
    expect(model.runs.flat()).toHaveLength(3);
  });

  it("keeps every run after the first near the time aimed at, at the speed of the machine", async () => {
    const model = summing(0.5);
    const batcher = new Batcher(model.forward, { targetMilliseconds: 100, now: model.now });
    const rows = Array.from({ length: 200 }, (_, index) =>
      row(...Array.from({ length: 20 }, (_, at) => index * 20 + at)),
    );
    await batcher.evaluate(rows, never);
    const lengths = model.runs.map((run) => run.length * 20 * 0.5);
    expect(lengths[0]).toBeLessThanOrEqual(192);
    for (const milliseconds of lengths.slice(1)) {
      expect(milliseconds).toBeLessThanOrEqual(100);
    }
    expect(lengths[1]).toBe(100);
  });

  it("runs at least one row, however slow, and at most as many as the model takes", async () => {
    const slow = summing(1000);
    await new Batcher(slow.forward, { now: slow.now }).evaluate([row(1, 2), row(3, 4), row(5, 6)], never);
    expect(slow.runs.map((run) => run.length)).toEqual([3]);
    const single = summing();
    await new Batcher(single.forward, { maximumRows: 1 }).evaluate([row(1), row(2)], never);
    expect(single.runs.map((run) => run.length)).toEqual([1, 1]);
  });

  it("stops between runs when cancelled and reports what is done", async () => {
    const model = summing();
    const controller = new AbortController();
    const done: number[] = [];
    const batcher = new Batcher(model.forward, { maximumRows: 2 });
    const evaluation = batcher.evaluate([row(1), row(2), row(3), row(4), row(5)], controller.signal, (count) => {
      done.push(count);
      if (count >= 4) {
        controller.abort();
      }
    });
    expect(await reasonOf(evaluation)).toBe("cancelled");
    expect(done).toEqual([2, 4]);
    expect(model.runs).toHaveLength(2);
  });

  it("does not run what was cancelled while it waited for its turn", async () => {
    const model = summing();
    const batcher = new Batcher(model.forward);
    const controller = new AbortController();
    const first = batcher.evaluate([row(1)], never);
    const hovers = [2, 3, 4].map((id) => reasonOf(batcher.evaluate([row(id)], controller.signal)));
    const last = batcher.evaluate([row(5)], never);
    controller.abort();
    expect(sums([...(await first), ...(await last)])).toEqual([1, 5]);
    expect(await Promise.all(hovers)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(sums(model.runs.flat().map(({ ids }) => Float32Array.from(ids)))).toEqual([1, 5]);
  });

  it("lets messages in between runs", async () => {
    const model = summing();
    const seen: string[] = [];
    const batcher = new Batcher(
      (rows) => {
        seen.push("run");
        setImmediate(() => seen.push("message"));
        return model.forward(rows);
      },
      { maximumRows: 1 },
    );
    await batcher.evaluate([row(1), row(2), row(3)], never);
    expect(seen).toEqual(["run", "message", "run", "message", "run", "message"]);
  });
});
