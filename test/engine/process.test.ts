import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import { EngineClient } from "../../src/engineClient/engineClient";
import { bundle, isAlive, never, reasonOf, requestFor, review, root, sentiment } from "./support";

let enginePath = "";
let client: EngineClient;
let crashes = 0;

const longLime = { mode: "plain", features: "token", keep: null, samples: 50_000, tolerance: 0.05 } as const;

beforeAll(async () => {
  enginePath = await bundle("src/engine/main.ts", "testEngine.cjs");
});

beforeEach(() => {
  crashes = 0;
  client = new EngineClient({
    modulePath: enginePath,
    options: { threads: 2, memoryMegabytes: 1024 },
    log: () => undefined,
  });
  client.onCrash(() => crashes++);
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
    expect(explanation.prediction[0]?.label).toBe("positive");
    const source = {
      model: sentiment,
      ids: explanation.tokens.map(({ id }) => id),
      segments: explanation.tokens.map(() => 0),
    };
    const matrix = await client.request("attentionHead", { source, layer: 0, head: 0 });
    expect(matrix.values).toBeInstanceOf(Float32Array);
    expect(matrix.values).toHaveLength(25);
    const overview = await client.request("attentionOverview", { source, special: source.ids.map(() => false) });
    expect(overview.thumbnails).toBeInstanceOf(Uint8Array);
    const { prediction } = await client.request("predictMasked", {
      request: requestFor("A gorgeous film"),
      masked: [2],
    });
    expect(prediction).toHaveLength(2);
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

  // Timing on a busy machine: another try is allowed, not another limit.
  it("ends a run within 300 ms when it is cancelled, answers meanwhile, and is not killed for it", {
    retry: 2,
  }, async () => {
    await client.explain(requestFor("warm"));
    const { pid } = client;
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const { underWay, ended } = startLongRun(controller.signal);
      await underWay;
      await client.request("predictMasked", { request: requestFor("A gorgeous film"), masked: [round % 3] });
      const start = performance.now();
      controller.abort();
      expect(await ended).toBe("cancelled");
      expect(performance.now() - start).toBeLessThan(300);
    }
    expect(client.pid).toBe(pid);
  });

  it("ends within 300 ms when cancelled while it starts or loads the model", { retry: 2 }, async () => {
    for (const delay of [10, 150, 400, 800]) {
      const controller = new AbortController();
      const ended = reasonOf(client.explain(requestFor(review, { lime: longLime }), controller.signal));
      await new Promise((resolve) => setTimeout(resolve, delay));
      const start = performance.now();
      controller.abort();
      expect(await ended).toBe("cancelled");
      expect(performance.now() - start).toBeLessThan(300);
    }
    expect((await client.explain(requestFor("fine"))).prediction).toHaveLength(2);
    expect(crashes).toBe(0);
  });

  it("is started again when it is killed in the middle of a run, and the run is repeated", async () => {
    const lime = { ...longLime, samples: 600 };
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
    expect(explanation.attributions[0]?.evaluations).toBe(600);
    expect(crashes).toBe(1);
    expect(client.pid).not.toBe(killed);
  });

  it("changes its threads while it runs", async () => {
    const before = await client.explain(requestFor("A gorgeous film", { methods: ["lime"] }));
    await client.configure({ threads: 1, memoryMegabytes: 512 });
    const after = await client.explain(requestFor("A gorgeous film", { methods: ["lime"] }));
    expect(after.attributions[0]?.scores).toEqual(before.attributions[0]?.scores);
  });

  it("leaves nothing running when disposed in the middle of a run", async () => {
    const { underWay, ended } = startLongRun(never);
    await underWay;
    const { pid } = client;
    client.dispose();
    expect(await ended).toBe("cancelled");
    await vi.waitFor(() => expect(pid !== undefined && isAlive(pid)).toBe(false), { timeout: 2000 });
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
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 3000 });
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
