import { expect, it } from "vitest";
import { refusedProbes } from "../../support/lintProbes";

const refused = [
  "expect(performance.now() - start).toBeLessThan(100);",
  "const start = Date.now();",
  "const start = process.hrtime.bigint();",
  "const { user } = process.cpuUsage();",
  "const { cpuUsage } = process;",
  "expect(process.memoryUsage.rss()).toBeLessThan(1e9);",
  "await new Promise((resolve) => setTimeout(resolve, 50));",
  "const timer = setInterval(() => turns++, 0);",
  'import { setTimeout as wait } from "node:timers/promises";',
  'import { performance } from "node:perf_hooks";',
  "await page.waitForTimeout(500);",
  "await vi.waitFor(() => expect(found).toBe(true));",
  "const late = AbortSignal.timeout(20);",
  'it("works in the end", { retry: 2 }, async () => {});',
];
const allowed = [
  'const clock = vi.spyOn(performance, "now").mockImplementation(() => ++looks);',
  "clock.now += 25;",
  'await until(() => client.pid, "a process");',
  "setImmediate(() => controller.abort());",
  "vi.useFakeTimers();",
  'it("takes long", { timeout: 900_000 }, async () => {});',
];
const probes = (lines: readonly string[], folder: string) =>
  lines.map((text, index) => ({ path: `${folder}/probe${index}.ts`, text }));
const texts = (lines: readonly string[], folder: string) =>
  refusedProbes(probes(lines, folder), "plugin").map(({ text }) => text);

it("refuses tests that look at a clock, a timer or a figure of the machine, or have more than one try", () => {
  expect(texts(refused, "test/unit/text")).toEqual(refused);
  expect(texts(refused, "test/support")).toEqual(refused);
});

it("leaves work that is counted and what is awaited alone, and code that is no test", () => {
  expect(texts(allowed, "test/unit/text")).toEqual([]);
  expect(texts(refused, "bench")).toEqual([]);
  expect(refusedProbes([{ path: "test/support/until.ts", text: refused.join("\n") }], "plugin")).toEqual([]);
});
