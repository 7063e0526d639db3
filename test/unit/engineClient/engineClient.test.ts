import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ErrorReason, ExplainError } from "../../../src/common/errors";
import { defaultOptions } from "../../../src/common/explanation";
import { formatMessage } from "../../../src/common/message";
import { EngineClient } from "../../../src/engineClient/engineClient";

const fakeEngine = fileURLToPath(new URL("fakeEngine.mjs", import.meta.url));
let client: EngineClient;
let logged: string[] = [];
let crashes: string[] = [];

function makeClient(modulePath = fakeEngine): EngineClient {
  const made = new EngineClient({
    modulePath,
    options: { threads: 1, memoryMegabytes: 100 },
    log: (line) => logged.push(line),
    graceMilliseconds: 200,
  });
  made.onCrash((sentence) => crashes.push(formatMessage(sentence)));
  return made;
}

interface Answer {
  readonly pid: number;
  readonly configured: unknown;
  readonly values: Float32Array;
}

async function ask(text: string, signal?: AbortSignal, onProgress?: (progress: unknown) => void): Promise<Answer> {
  const request = { ...defaultOptions, text, model: { directory: "/models/someModel", file: null } };
  const answer: unknown = await client.explain(request, signal, onProgress);
  return answer as Answer;
}

async function errorOf(promise: Promise<unknown>): Promise<ExplainError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ExplainError);
  return ExplainError.from(outcome);
}

async function reasonOf(promise: Promise<unknown>): Promise<ErrorReason> {
  return (await errorOf(promise)).reason;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeEach(() => {
  logged = [];
  crashes = [];
  client = makeClient();
});

afterEach(() => client.dispose());

describe("the engine client", () => {
  it("starts the process at first use, configures it first, and gets typed arrays back", async () => {
    expect(client.pid).toBeUndefined();
    const answer = await ask("plain");
    expect(answer.configured).toEqual({ threads: 1, memoryMegabytes: 100 });
    expect(answer.values).toBeInstanceOf(Float32Array);
    expect(client.pid).toBe(answer.pid);
    expect((await ask("plain")).pid).toBe(answer.pid);
    expect(logged).toContain("fake engine is up");
  });

  it("passes progress to the run it belongs to", async () => {
    const progress: unknown[] = [];
    await ask("progress", undefined, (news) => progress.push(news));
    expect(progress).toEqual([{ phase: "lime", done: 1, total: 2 }]);
  });

  it("brings errors over as they were thrown", async () => {
    const error = await errorOf(ask("refuse"));
    expect(error).toMatchObject({ reason: "text-empty", message: "No text." });
    expect(client.pid).toBeDefined();
  });

  it("cancels a request that listens, and keeps the process", async () => {
    const { pid } = await ask("plain");
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    expect(await reasonOf(ask("wait 60000", controller.signal))).toBe("cancelled");
    expect((await ask("plain")).pid).toBe(pid);
  });

  // Timing on a busy machine: another try is allowed, not another limit.
  it("kills a process that does not end a cancelled request, soon, and repeats what else was asked", {
    retry: 2,
  }, async () => {
    const { pid } = await ask("plain");
    const controller = new AbortController();
    const hanging = reasonOf(ask("hang", controller.signal));
    const other = ask("plain");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    controller.abort();
    expect(await hanging).toBe("cancelled");
    expect(performance.now() - start).toBeLessThan(300);
    const answer = await other;
    expect(answer.pid).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    expect(crashes).toEqual([]);
  });

  it("never starts for a signal that is aborted already", async () => {
    expect(await reasonOf(ask("plain", AbortSignal.abort()))).toBe("cancelled");
    expect(client.pid).toBeUndefined();
  });

  it("starts again after a crash and repeats the request once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "engine-client-"));
    const answer = await ask(`crashOnce ${join(folder, "flag")}`);
    expect(answer.configured).toEqual({ threads: 1, memoryMegabytes: 100 });
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toMatch(/^The explanation engine stopped unexpectedly\./);
    await rm(folder, { recursive: true });
  });

  it("gives up on the second crash, naming model and input, and works on", async () => {
    const error = await errorOf(ask("crash with this text"));
    expect(error.reason).toBe("engine-crashed");
    expect(error.message).toContain("crash with this text");
    expect(error.message).toContain("someModel");
    expect(crashes).toHaveLength(2);
    expect((await ask("plain")).values[0]).toBe(0.5);
  });

  it("takes an idle exit for no crash", async () => {
    const { pid } = await ask("idle");
    await vi.waitFor(() => expect(client.pid).toBeUndefined());
    expect((await ask("plain")).pid).not.toBe(pid);
    expect(crashes).toEqual([]);
    expect(await reasonOf(ask("exit"))).toBe("engine-crashed");
  });

  it("says so when the process cannot start", async () => {
    const folder = await mkdtemp(join(tmpdir(), "engine-client-"));
    const broken = join(folder, "broken.mjs");
    await writeFile(broken, 'throw new Error("libonnxruntime is missing");');
    client.dispose();
    client = makeClient(broken);
    const error = await errorOf(ask("plain"));
    expect(error.reason).toBe("engine-unavailable");
    expect(error.message).toContain("libonnxruntime is missing");
    await rm(folder, { recursive: true });
  });

  it("sends new options to a running process", async () => {
    await ask("plain");
    await client.configure({ threads: 2, memoryMegabytes: 50 });
    expect((await ask("plain")).configured).toEqual({ threads: 2, memoryMegabytes: 50 });
  });

  it("ends the process when disposed; what was asked is cancelled", async () => {
    const { pid } = await ask("plain");
    const waiting = reasonOf(ask("wait 60000"));
    client.dispose();
    expect(await waiting).toBe("cancelled");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
    expect(await reasonOf(ask("plain"))).toBe("cancelled");
    expect(client.pid).toBeUndefined();
  });
});
