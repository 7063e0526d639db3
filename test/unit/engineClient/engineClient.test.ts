import { getEventListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ErrorReason, ExplainError } from "../../../src/common/errors";
import { formatMessage } from "../../../src/common/message";
import { defaultOptions } from "../../../src/common/options";
import { EngineClient } from "../../../src/engineClient/engineClient";
import { until } from "../../support/until";

const fakeEngine = fileURLToPath(new URL("fakeEngine.mjs", import.meta.url));
let client: EngineClient;
let folder = "";
let hanging: Promise<string>;
let logged: string[] = [];
let crashes: string[] = [];

function makeClient(modulePath = fakeEngine, silenceMilliseconds?: number): EngineClient {
  const made = new EngineClient({
    modulePath,
    options: { threads: 1, memoryMegabytes: 100 },
    log: (line) => logged.push(line),
    graceMilliseconds: 1000,
    ...(silenceMilliseconds === undefined ? {} : { silenceMilliseconds }),
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

/** A module to be forked as the engine. */
async function script(source: string): Promise<string> {
  const file = join(folder, "engine.mjs");
  await writeFile(file, source);
  return file;
}

/** The fake engine, of which the first processes after `spared` of them are killed while they start. */
function dyingAtStart(deaths: number, spared = 0): Promise<string> {
  const count = JSON.stringify(join(folder, "starts"));
  return script(`
    import { appendFileSync, readFileSync } from "node:fs";
    appendFileSync(${count}, ".");
    const starts = readFileSync(${count}, "utf8").length;
    if (starts > ${spared} && starts <= ${spared} + ${deaths}) {
      process.kill(process.pid, "SIGKILL");
    }
    await import(${JSON.stringify(pathToFileURL(fakeEngine).href)});
  `);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-client-"));
  logged = [];
  crashes = [];
  client = makeClient();
});

afterEach(async () => {
  client.dispose();
  await rm(folder, { recursive: true });
});

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
    const waiting = reasonOf(ask("wait 600000", controller.signal, () => controller.abort()));
    expect(await waiting).toBe("cancelled");
    expect((await ask("plain")).pid).toBe(pid);
  });

  it("answers a cancelled request that hangs, kills the process for it, and repeats what was asked since", async () => {
    const { pid } = await ask("plain");
    const controller = new AbortController();
    const begun = new Promise((resolve) => {
      hanging = reasonOf(ask("hang", controller.signal, resolve));
    });
    await begun;
    const other = ask("plain");
    controller.abort();
    expect(await hanging).toBe("cancelled");
    const answer = await other;
    expect(answer.pid).not.toBe(pid);
    await until(() => !isAlive(pid), "the process to be gone");
    expect(crashes).toEqual([]);
  });

  it("lets a run end that has the thread, whatever is cancelled beside it, and drops the late answers", async () => {
    const { pid } = await ask("plain");
    const controllers = Array.from({ length: 10 }, () => new AbortController());
    let others: Promise<string>[] = [];
    const answer = await ask("busy 100", undefined, () => {
      others = controllers.map(({ signal }) => reasonOf(ask("plain", signal)));
      for (const controller of controllers) {
        controller.abort();
      }
    });
    expect(answer.pid).toBe(pid);
    expect(await Promise.all(others)).toEqual(controllers.map(() => "cancelled"));
    expect((await ask("plain")).pid).toBe(pid);
  });

  it("leaves no listener on a signal", async () => {
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 8 }, () => ask("plain", signal)));
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("never starts for a signal that is aborted already", async () => {
    expect(await reasonOf(ask("plain", AbortSignal.abort()))).toBe("cancelled");
    expect(client.pid).toBeUndefined();
  });

  it("cancels a request whose signal aborts while the process is made or starts", async () => {
    const before = new AbortController();
    const whileMade = reasonOf(ask("wait 600000", before.signal));
    before.abort();
    expect(await whileMade).toBe("cancelled");
    const during = new AbortController();
    const whileStarting = reasonOf(ask("wait 600000", during.signal));
    await until(() => client.pid, "a process");
    during.abort();
    expect(await whileStarting).toBe("cancelled");
    expect((await ask("plain")).values[0]).toBe(0.5);
  });

  it("starts again after a crash and repeats the request once", async () => {
    const answer = await ask(`crashOnce ${join(folder, "flag")}`);
    expect(answer.configured).toEqual({ threads: 1, memoryMegabytes: 100 });
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toMatch(/^The explanation engine stopped unexpectedly\./);
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
    await until(() => client.pid === undefined, "the process to be gone");
    expect((await ask("plain")).pid).not.toBe(pid);
    expect(crashes).toEqual([]);
    expect(await reasonOf(ask("exit"))).toBe("engine-crashed");
  });

  it("says so when the process cannot start", async () => {
    client = makeClient(await script('throw new Error("libonnxruntime is missing");'));
    const error = await errorOf(ask("plain"));
    expect(error.reason).toBe("engine-unavailable");
    expect(error.message).toContain("libonnxruntime is missing");
    expect(error.message).toContain("Install");
  });

  it("starts again when it is killed twice while it starts", async () => {
    client = makeClient(await dyingAtStart(2));
    expect((await ask("plain")).values[0]).toBe(0.5);
    expect(crashes).toHaveLength(2);
  });

  it("does not take a kill during the start for one at work, nor for a fault of the package", async () => {
    client = makeClient(await dyingAtStart(1, 1));
    const answer = await ask(`crashOnce ${join(folder, "flag")}`);
    expect(answer.values[0]).toBe(0.5);
    expect(crashes).toHaveLength(2);
  });

  it("blames others when it is killed again and again while it starts", async () => {
    client = makeClient(await dyingAtStart(Number.POSITIVE_INFINITY));
    const error = await errorOf(ask("plain"));
    expect(error.reason).toBe("engine-crashed");
    expect(error.message).toBe(
      "The explanation engine was ended 3 times, from outside or for lack of memory. Close other programs and try again.",
    );
  });

  it("ends a process that gives no sign of life, says so, and repeats the request", async () => {
    client = makeClient(fakeEngine, 1000);
    const answer = await ask(`silentOnce ${join(folder, "flag")}`);
    expect(answer.values[0]).toBe(0.5);
    expect(crashes).toEqual(["The explanation engine gave no sign of life and was ended. It starts again by itself."]);
  });

  it("gives up on a request that silences two processes", async () => {
    client = makeClient(fakeEngine, 1000);
    const error = await errorOf(ask("silent"));
    expect(error.reason).toBe("engine-crashed");
    expect(error.message).toContain("no sign of life twice");
    expect((await ask("plain")).values[0]).toBe(0.5);
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
    await until(() => !isAlive(pid), "the process to be gone");
    expect(await reasonOf(ask("plain"))).toBe("cancelled");
    expect(client.pid).toBeUndefined();
  });
});
