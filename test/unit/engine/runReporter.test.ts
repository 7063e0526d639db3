import { describe, expect, it } from "vitest";
import type { ExplainProgress } from "../../../src/common/engineProtocol";
import type { Explanation } from "../../../src/common/explanation";
import { RunReporter } from "../../../src/engine/runReporter";

/** A reporter whose clock a test sets, and what it has sent. */
function reporting() {
  const sent: ExplainProgress[] = [];
  const clock = { now: 0 };
  const reporter = new RunReporter(
    (progress) => sent.push(progress),
    () => clock.now,
  );
  return { sent, clock, reporter };
}

describe("RunReporter", () => {
  it("says the time that is left, unless it would be over before it is read", () => {
    const { sent, clock, reporter } = reporting();
    reporter.phase("lime", 100);
    for (const [now, done] of [
      [1000, 20],
      [3000, 75],
      [3600, 90],
    ] as const) {
      clock.now = now;
      reporter.progress(done);
    }
    expect(sent.map(({ remainingMilliseconds }) => remainingMilliseconds)).toEqual([null, 4000, 1000, null]);
  });

  it("sends progress at most ten times a second", () => {
    const { sent, clock, reporter } = reporting();
    reporter.phase("lime", 100);
    for (let done = 1; done <= 40; done++) {
      clock.now += 25;
      reporter.progress(done);
    }
    expect(sent.map(({ done }) => done)).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
  });

  it("wants a snapshot at most five times a second", () => {
    const { sent, clock, reporter } = reporting();
    const snapshot = {} as Explanation;
    for (let at = 0; at < 100; at++) {
      if (reporter.wantsPartial) {
        reporter.partial(at, snapshot);
      }
      clock.now += 10;
    }
    expect(sent.map(({ done }) => done)).toEqual([0, 20, 40, 60, 80]);
  });
});
