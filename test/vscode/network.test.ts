import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { root } from "../../scripts/lib/paths.mjs";
import { defaultOptions } from "../../src/common/options";
import { EngineClient } from "../../src/engineClient/engineClient";
import { type Outcome, start } from "../engine/commandLine";
import { unpackExtension } from "../support/unpacked";

const trap = path.join(root, "test/support/networkTrap.cjs");
const text = "A gorgeous, witty film.";

let folder: string;
let log: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "explain network-"));
  await unpackExtension(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  log = path.join(folder, "trap.txt");
  writeFileSync(log, "");
});

afterEach(() => vi.unstubAllEnvs());

/** The environment in which every process of the product has the trap. */
const trapped = () => ({
  NODE_OPTIONS: `--require ${JSON.stringify(trap)}`,
  NETWORK_TRAP: log,
  HF_HUB_CACHE: path.join(folder, "cache"),
  HF_ENDPOINT: "https://hub.invalid",
  ...Object.fromEntries(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => [name, ""])),
});

const product = (name: string) => path.join(folder, "extension", name);

async function cli(args: readonly string[], input = ""): Promise<Outcome> {
  const started = start(product("dist/explain.mjs"), args, { cwd: folder, env: { ...process.env, ...trapped() } });
  started.child.stdin?.end(input);
  return await started.ended;
}

/** What was tried, and the programs in which it would have been seen; a thread may end before it begins. */
function caught(): { readonly tried: string[]; readonly programs: string[] } {
  const lines = readFileSync(log, "utf8").split("\n");
  const after = (start: string) => lines.flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
  return {
    tried: after("tried "),
    programs: [...new Set(after("set in "))].filter((name) => name !== "a thread").sort(),
  };
}

const none = (...programs: readonly string[]) => ({ tried: [], programs });
const engine = ["engine.cjs", "explain.mjs"];

describe("the packaged product asks no network", () => {
  it("when a text is explained", async () => {
    const { status, err, out } = await cli([text]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain("positive");
    expect(caught()).toEqual(none(...engine));
  });

  it("when a text is explained by all methods", async () => {
    const { status, err, out } = await cli(["--method", "all", "--format", "json", "A witty film."]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(JSON.parse(out).attributions.length).toBeGreaterThan(15);
    expect(caught()).toEqual(none(...engine));
  });

  it.each<[what: string, args: string[], input: string, programs: string[]]>([
    ["models are listed", ["models"], "", ["explain.mjs"]],
    ["a model is inspected", ["inspect", "--model", "bundled"], "", engine],
    ["attention is analysed", ["analyse", text], "", engine],
    [
      "a text is read and explained as a page",
      ["-", "--format", "html", "--method", "attention"],
      `${text}\nDull.\n`,
      engine,
    ],
    ["help is shown", ["--help"], "", ["explain.mjs"]],
    ["a model is not there", ["--model", "films/none", text], "", ["explain.mjs"]],
  ])("when %s", async (_, args, input, programs) => {
    const named = args.map((arg) => (arg === "bundled" ? product("models/sentiment") : arg));
    const { err, status } = await cli(named, input);
    expect(status).toBe(args.includes("films/none") ? 1 : 0);
    expect(err).toMatch(args.includes("films/none") ? /^error: model-missing: / : /^$/);
    expect(caught()).toEqual(none(...programs));
  });

  it("when the engine is asked what the editor asks it", async () => {
    for (const [name, value] of Object.entries(trapped())) {
      vi.stubEnv(name, value);
    }
    const options = { threads: 1, memoryMegabytes: 1024 };
    const client = new EngineClient({ modulePath: product("dist/engine.cjs"), options, log: () => undefined });
    const model = { directory: product("models/sentiment"), file: null };
    const { signal } = new AbortController();
    try {
      const places = { bundled: model.directory, folders: [folder], recent: [] };
      expect((await client.request("findModels", places, signal)).length).toBeGreaterThan(0);
      await client.request("inspectModel", model, signal);
      const explained = await client.explain({ ...defaultOptions, model, text }, signal, () => undefined);
      expect(explained.prediction).toBeDefined();
    } finally {
      client.dispose();
    }
    expect(caught()).toEqual(none("engine.cjs"));
  });

  it("but when a model is to be downloaded, which the trap sees", async () => {
    const { status } = await cli(["models", "download", "films/small", "--yes"]);
    expect(status).toBe(1);
    const { tried, programs } = caught();
    expect(programs).toEqual(["explain.mjs"]);
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.every((words) => words.includes("hub.invalid"))).toBe(true);
  });
});
