import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import { isExplanation } from "../../src/common/explanationCheck";
import { lookSource } from "../../src/common/look";
import { methodIds } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { outcomesOf } from "../../src/common/prediction/registry";
import { EngineClient } from "../../src/engineClient/engineClient";
import { pullLook } from "../../src/engineClient/pullLook";
import { until } from "../support/until";
import { programs } from "./bundles";
import { bundle, isAlive, never, reasonOf, requestFor, review, root } from "./support";

const enginePath = programs.engine;
let client: EngineClient;
let crashes = 0;

const longLime = { ...defaultOptions.lime, mode: "plain", features: "token", samples: 50_000 } as const;

/** A client that counts crashes; a process that is silent for so long is ended. */
function makeClient(silenceMilliseconds: number): EngineClient {
  const options = { threads: 1, memoryMegabytes: 1024 };
  const made = new EngineClient({ modulePath: enginePath, options, log: () => undefined, silenceMilliseconds });
  made.onCrash(() => crashes++);
  return made;
}

beforeEach(() => {
  crashes = 0;
  // A busy machine is no stopped process.
  client = makeClient(60_000);
});

afterEach(() => client.dispose());

/** Starts a long run; `underWay` resolves once its LIME has begun, `ended` with the reason it ended for. */
function startLongRun(signal: AbortSignal): { underWay: Promise<void>; ended: Promise<string> } {
  const request = requestFor(review, { methods: ["lime"], lime: longLime });
  let ended: Promise<string> = Promise.resolve("");
  const underWay = new Promise<void>((resolve) => {
    const running = client.explain(request, signal, ({ phase, done }: ExplainProgress) => {
      if (phase === "lime" && done > 0) {
        resolve();
      }
    });
    ended = reasonOf(running);
  });
  return { underWay, ended };
}

/** Connections and ports of a process, as lines of the system's tables. */
async function connectionsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => "")));
  const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(
    ["tcp", "tcp6", "udp", "udp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "")),
  );
  return tables.flatMap((table) => table.split("\n").filter((line) => sockets.has(line.trim().split(/\s+/)[9] ?? "")));
}

describe("the engine process", () => {
  it("explains, and gives heads as typed arrays", async () => {
    const explanation = await client.explain(requestFor("A gorgeous film", { methods: ["lime", "rollout"] }));
    expect(outcomesOf(explanation.prediction)[0]?.label).toBe("positive");
    const source = lookSource(explanation, 0);
    const matrix = await pullLook(client, source, { kind: "head", layer: 0, head: 0 });
    expect(matrix.values).toBeInstanceOf(Float32Array);
    expect(matrix.values).toHaveLength(25);
    const overview = await pullLook(client, source, { kind: "overview" });
    expect(overview.thumbnails).toBeInstanceOf(Uint8Array);
    const { prediction } = await client.request("predictMasked", {
      request: requestFor("A gorgeous film"),
      masked: [2],
    });
    expect(outcomesOf(prediction)).toHaveLength(2);
  });

  it("gives explanations that can be kept as JSON and are taken for what they are again", async () => {
    const explanation = await client.explain(requestFor("A gorgeous film", { methods: methodIds }));
    expect(explanation.attributions.map(({ method }) => method).sort()).toEqual([...methodIds].sort());
    expect(isExplanation(JSON.parse(JSON.stringify(explanation)))).toBe(true);
  });

  it("reports to nobody: it leaves nothing in the home folder and opens no connection", async () => {
    const home = await mkdtemp(join(tmpdir(), "home-"));
    for (const name of ["ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "CI", "XDG_CACHE_HOME"]) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv("HOME", home);
    await client.explain(requestFor("A gorgeous film", { methods: ["saliency"] }));
    expect(await readdir(home, { recursive: true })).toEqual([]);
    if (existsSync("/proc/self/fd")) {
      expect(await connectionsOf(client.pid ?? 0)).toEqual([]);
    }
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });

  it("sends its errors over with their reason", async () => {
    expect(await reasonOf(client.explain(requestFor("")))).toBe("text-empty");
    const missing = { directory: join(root, "out/test/no-such-model"), file: null };
    expect(await reasonOf(client.explain(requestFor("x", { model: missing })))).toBe("model-missing");
    expect(crashes).toBe(0);
  });

  it("ends a run when it is cancelled, answers meanwhile, and is not killed for it", async () => {
    await client.explain(requestFor("warm"));
    const { pid } = client;
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const { underWay, ended } = startLongRun(controller.signal);
      await underWay;
      await client.request("predictMasked", { request: requestFor("A gorgeous film"), masked: [round % 3] });
      controller.abort();
      expect(await ended).toBe("cancelled");
    }
    await client.request("predictMasked", { request: requestFor("Another gorgeous film"), masked: [1] });
    expect(client.pid).toBe(pid);
  });

  it("ends a run beside which hovers are cancelled all the time", async () => {
    await client.explain(requestFor("warm"));
    const { pid } = client;
    const hovers: Promise<string>[] = [];
    const hover = () => {
      const controller = new AbortController();
      const params = { request: requestFor(review), masked: [1 + (hovers.length % 20)] };
      hovers.push(reasonOf(client.request("predictMasked", params, controller.signal)));
      controller.abort();
    };
    const lime = { ...longLime, samples: 200 };
    const explanation = await client.explain(requestFor(review, { methods: ["lime"], lime }), never, hover);
    expect(explanation.attributions[0]?.evaluations).toBe(200);
    expect(hovers.length).toBeGreaterThan(2);
    expect(new Set(await Promise.all(hovers))).toEqual(new Set(["cancelled"]));
    expect(client.pid).toBe(pid);
  });

  it("is cancelled while it starts and while it loads the model, and goes on with both", async () => {
    const starting = new AbortController();
    const first = reasonOf(client.explain(requestFor(review, { lime: longLime }), starting.signal));
    await until(() => client.pid, "a process");
    const { pid } = client;
    starting.abort();
    expect(await first).toBe("cancelled");
    const loading = new AbortController();
    const second = client.explain(requestFor(review, { lime: longLime }), loading.signal, () => loading.abort());
    expect(await reasonOf(second)).toBe("cancelled");
    expect(outcomesOf((await client.explain(requestFor("fine"))).prediction)).toHaveLength(2);
    expect(client.pid).toBe(pid);
    expect(crashes).toBe(0);
  });

  it.runIf(process.platform !== "win32")("is ended when it is stopped, and the request is repeated", async () => {
    client = makeClient(3000);
    await client.explain(requestFor("warm"));
    const { pid } = client;
    process.kill(pid ?? 0, "SIGSTOP");
    const { prediction } = await client.request("predictMasked", { request: requestFor("A fine film"), masked: [1] });
    expect(outcomesOf(prediction)).toHaveLength(2);
    expect(client.pid).not.toBe(pid);
    expect(crashes).toBe(1);
    await until(() => !isAlive(pid ?? 0), "the process to be gone");
  });

  it.runIf(process.platform !== "win32")("is not interrupted from the terminal", async () => {
    await client.explain(requestFor("warm"));
    const { pid } = client;
    process.kill(pid ?? 0, "SIGINT");
    await client.explain(requestFor("fine"));
    expect(client.pid).toBe(pid);
  });

  it("is started again when it is killed in the middle of a run, and the run is repeated", async () => {
    const lime = { ...longLime, samples: 200 };
    let killed: number | undefined;
    const explanation = await client.explain(
      requestFor(review, { methods: ["lime"], lime }),
      never,
      ({ phase, done }) => {
        if (phase === "lime" && done > 0 && killed === undefined && client.pid !== undefined) {
          killed = client.pid;
          process.kill(client.pid, "SIGKILL");
        }
      },
    );
    expect(explanation.attributions[0]?.evaluations).toBe(200);
    expect(crashes).toBe(1);
    expect(client.pid).not.toBe(killed);
  });

  it("changes its threads while it runs", async () => {
    const before = await client.explain(requestFor("A gorgeous film", { methods: ["lime"] }));
    await client.configure({ threads: 2, memoryMegabytes: 512 });
    const after = await client.explain(requestFor("A gorgeous film", { methods: ["lime"] }));
    expect(after.attributions[0]?.scores).toEqual(before.attributions[0]?.scores);
  });

  it("leaves nothing running when disposed in the middle of a run", async () => {
    const { underWay, ended } = startLongRun(never);
    await underWay;
    const { pid } = client;
    client.dispose();
    expect(await ended).toBe("cancelled");
    await until(() => pid !== undefined && !isAlive(pid), "the process to be gone");
  });
});

describe("without its host", () => {
  it("the engine process ends, also in the middle of a run", async () => {
    const host = join(root, "out/testHost.mjs");
    const source = join(root, "out/testHost.ts");
    await writeFile(
      source,
      `import { EngineClient } from "../src/engineClient/engineClient";
const client = new EngineClient({ modulePath: ${JSON.stringify(enginePath)}, options: { threads: 1, memoryMegabytes: 512 }, log: () => undefined });
const request = ${JSON.stringify(requestFor(review, { methods: ["lime"], lime: longLime }))};
await client.explain(request, undefined, ({ phase, done }) => {
  if (phase === "lime" && done > 0) console.log(client.pid);
});
`,
    );
    await bundle(source, "testHost.mjs");
    const parent = spawn(process.execPath, [host], { stdio: ["ignore", "pipe", "inherit"] });
    const [data] = await once(parent.stdout, "data");
    const pid = Number(String(data).split("\n")[0]);
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid), "the process to be gone");
  });

  it.each([
    ["its parent's end", "process.pid", "ignore"],
    ["the broken pipe", "1", "pipe"],
  ])("the engine process ends by %s alone while its main thread turns no more", async (_, host, beats) => {
    const busy = join(root, "out/testBusy.ts");
    await writeFile(
      busy,
      `import { startWatcher } from "../src/engine/watching";
startWatcher(Number(process.argv[2]));
process.send?.("up");
for (;;);
`,
    );
    const modulePath = await bundle(busy, "testBusy.cjs");
    const parent = join(root, "out/testBusyHost.mjs");
    await writeFile(
      parent,
      `import { fork } from "node:child_process";
const child = fork(${JSON.stringify(modulePath)}, [String(${host})], { stdio: ["ignore", "inherit", "inherit", "ipc", "${beats}"] });
child.once("message", () => console.log(child.pid));
`,
    );
    const running = spawn(process.execPath, [parent], { stdio: ["ignore", "pipe", "inherit"] });
    const [data] = await once(running.stdout, "data");
    const pid = Number(String(data).split("\n")[0]);
    expect(isAlive(pid)).toBe(true);
    running.kill("SIGKILL");
    await until(() => !isAlive(pid), "the process to be gone");
  });

  it("the engine process ends when it has taken more memory than it may", async () => {
    const source = join(root, "out/testLarge.ts");
    await writeFile(
      source,
      `import { startWatcher } from "../src/engine/watching";
startWatcher(process.ppid, 2 ** 20);
for (;;);
`,
    );
    const modulePath = await bundle(source, "testLarge.cjs");
    const child = fork(modulePath, [], { stdio: ["ignore", "ignore", "ignore", "ipc", "pipe"] });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
  });

  it("and after a while without work", async () => {
    const child: ChildProcess = fork(enginePath, ["--idle=200"], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });
});
