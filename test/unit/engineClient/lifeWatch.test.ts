import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatBeat } from "../../../src/common/engineBeat";
import { LifeWatch, type WaitingRequest } from "../../../src/engineClient/lifeWatch";

let verdicts: string[] = [];
let waiting: WaitingRequest[] = [];
let watch: LifeWatch;

const cancelled = (number: number) => ({ number, wanted: false });
const wanted = (number: number) => ({ number, wanted: true });

/** Beats of a main thread that has begun so many requests; `turns` 0 for one that does not turn. */
function beats(count: number, requests: number, turns: 0 | 1 = 0): void {
  for (let beat = 0; beat < count; beat++) {
    watch.hear(formatBeat({ turns: turns * beat, requests }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  verdicts = [];
  waiting = [];
  watch = new LifeWatch(
    { graceMilliseconds: 2000, silenceMilliseconds: 10_000 },
    { [Symbol.iterator]: () => waiting[Symbol.iterator]() },
    (verdict) => verdicts.push(verdict),
  );
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

describe("an engine that cancelled requests hold up", () => {
  it("is unresponsive once it has not turned for the grace time", () => {
    waiting = [cancelled(1)];
    beats(4, 1);
    expect(verdicts).toEqual([]);
    beats(1, 1);
    expect(verdicts).toEqual(["unresponsive"]);
  });

  it("is left alone while it turns", () => {
    waiting = [cancelled(1)];
    beats(100, 1, 1);
    expect(verdicts).toEqual([]);
  });

  it("is left alone while a wanted request that it has begun may have the thread", () => {
    waiting = [wanted(1), cancelled(2)];
    beats(100, 2);
    expect(verdicts).toEqual([]);
  });

  it("is not spared for a request that it has not begun", () => {
    waiting = [cancelled(1), wanted(2)];
    beats(5, 1);
    expect(verdicts).toEqual(["unresponsive"]);
  });

  it("is left alone when it works without a request, and before it has begun the cancelled one", () => {
    beats(100, 1);
    waiting = [cancelled(2)];
    beats(100, 1);
    expect(verdicts).toEqual([]);
  });

  it("has the whole grace time from the cancellation", () => {
    waiting = [wanted(1)];
    beats(100, 1);
    waiting = [cancelled(1)];
    beats(3, 1);
    expect(verdicts).toEqual([]);
  });
});

describe("an engine without a sign of life", () => {
  it("is stopped once as many ticks have passed as make up the time", () => {
    watch.start();
    beats(1, 0);
    vi.advanceTimersByTime(10_000);
    expect(verdicts).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(verdicts).toEqual(["stopped"]);
  });

  it("is alive while it beats, also where a beat comes in pieces", () => {
    watch.start();
    beats(1, 0);
    for (let second = 0; second < 100; second++) {
      vi.advanceTimersByTime(900);
      watch.hear("3");
      watch.hear(" 1\n");
    }
    expect(verdicts).toEqual([]);
  });

  it("is not taken for stopped while nobody waits", () => {
    watch.start();
    beats(1, 0);
    watch.stop();
    vi.advanceTimersByTime(100_000);
    expect(verdicts).toEqual([]);
  });

  it("is given three times as long to start", () => {
    watch.start();
    vi.advanceTimersByTime(30_000);
    expect(verdicts).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(verdicts).toEqual(["stopped"]);
  });

  it("is believed to live where its answers come and its beats never do", () => {
    watch.start();
    watch.hearAnswer();
    vi.advanceTimersByTime(100_000);
    expect(verdicts).toEqual([]);
  });
});
