import { describe, expect, it } from "vitest";
import { RunReporter } from "../../../src/engine/runReporter";

describe("RunReporter", () => {
  it("says the time that is left, unless it would be over before it is read", () => {
    let now = 0;
    const left: (number | null)[] = [];
    const reporter = new RunReporter(
      ({ remainingMilliseconds }) => left.push(remainingMilliseconds),
      () => now,
    );
    reporter.phase("lime", 100);
    now = 1000;
    reporter.progress(20);
    now = 3000;
    reporter.progress(75);
    now = 3600;
    reporter.progress(90);
    expect(left).toEqual([null, 4000, 1000, null]);
  });
});
