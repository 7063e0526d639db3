import { defineConfig } from "vitest/config";

/** Tests for which a module is another than the one that is imported elsewhere. */
const mocked = ["test/unit/editor/**/*.test.ts", "test/unit/panel/**/*.test.ts"];
/** One worker fewer than there are processors, as is the default, would be one of two. */
const unit = { testTimeout: 300_000, maxWorkers: "100%" } as const;

/**
 * Four projects, the first in two parts, fastest first; `scripts/test.mjs` runs them all and adds up the counts. Timeouts only end what hangs: they are many times what a test takes on a
 * busy machine.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...unit,
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          exclude: mocked,
          // Files share the modules they import, of which none has a state that they change: to load them again for each took a fifth of the time.
          isolate: false,
        },
      },
      { test: { ...unit, name: "unit-mocked", include: mocked } },
      {
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          globalSetup: "test/engine/bundles.ts",
          env: { ORT_DISABLE_TELEMETRY: "1" },
          pool: "forks",
          testTimeout: 600_000,
          // Each file has a process of its own, folders of its own and engines of its own. More of them than processors, since each waits for its engines; a model takes memory.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: "webview",
          include: ["test/webview/**/*.test.ts"],
          // What is awaited comes, however busy the machine is.
          expect: { poll: { timeout: 30_000 } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "vscode",
          include: ["test/vscode/**/*.test.ts"],
          globalSetup: "test/vscode/install.ts",
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // One window at a time: others run beside it, and two would be no faster.
          fileParallelism: false,
        },
      },
    ],
  },
});
