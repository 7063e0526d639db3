import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubAccess } from "../../src/hub/access";
import { CacheLayout } from "../../src/hub/cacheLayout";
import { searchHub } from "../../src/hub/hubModel";
import { proxySend } from "../../src/hub/proxySend";
import { HubServer, type TreeEntry } from "../support/hubServer";
import { until } from "../support/until";
import { programs } from "./bundles";
import { type Outcome, start } from "./commandLine";
import { root } from "./support";

const commit = "0123456789abcdef0123456789abcdef01234567";
const sentiment = join(root, "models/sentiment");
const name = "films/sentiment";

let server: HubServer;
let cache: string;

beforeEach(async () => {
  server = await HubServer.start();
  cache = mkdtempSync(join(tmpdir(), "explain-hub-"));
  const files = [
    "README.md",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "onnx/model.onnx",
  ];
  server.add(name, {
    commit,
    files: {
      ...Object.fromEntries(files.map((file) => [file, readFileSync(join(sentiment, file))])),
      "onnx/model_quantized.onnx": Buffer.from("of another precision"),
      "pytorch_model.bin": Buffer.from("pickle"),
    },
    task: "text-classification",
    licence: "apache-2.0",
    downloads: 7,
  });
});

afterEach(async () => {
  await server.close();
  rmSync(cache, { recursive: true, force: true });
});

/** Runs the command line with the test's hub and cache. */
async function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const started = start(programs.commandLine, args, { env: hubEnvironment(env) });
  started.child.stdin?.end();
  return await started.ended;
}

function hubEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: cache, HF_HUB_CACHE: cache, HF_ENDPOINT: server.endpoint, ...env };
}

const snapshot = () => join(cache, "models--films--sentiment/snapshots", commit);

describe("models download", () => {
  it("brings a model into the cache's layout, and it can be used by its name", async () => {
    const { status, out, err } = await cli(["models", "download", name, "--yes"]);
    expect(err).toBe("");
    expect({ status, out }).toEqual({ status: 0, out: `${snapshot()}\n` });
    const path = join(snapshot(), "onnx/model.onnx");
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readlinkSync(path)).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(readFileSync(path).equals(readFileSync(join(sentiment, "onnx/model.onnx")))).toBe(true);
    expect(readFileSync(join(cache, "models--films--sentiment/refs/main"), "utf8")).toBe(commit);
    expect(readdirSync(snapshot()).sort()).toEqual([
      "README.md",
      "config.json",
      "onnx",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(readdirSync(join(snapshot(), "onnx"))).toEqual(["model.onnx"]);
    expect(existsSync(join(cache, "models--films--sentiment/blobs", "x.incomplete"))).toBe(false);
    const explained = await cli(["--model", name, "--method", "attention", "--format", "json", "A gorgeous film."]);
    expect(explained.err).toBe("");
    expect(JSON.parse(explained.out).prediction.classes[0].label).toBe("positive");
  });
});

/** Which requests for the large file were made, by their ranges. */
const ranges = () => server.asked.filter(({ host }) => host === "large").map(({ range }) => range ?? "all");
const partials = () =>
  readdirSync(join(cache, "models--films--sentiment/blobs")).filter((file) => file.endsWith(".incomplete"));
const download = (...more: string[]) => cli(["models", "download", name, "--yes", ...more]);

describe("a download", () => {
  it("goes on by itself where the connection was cut, and later where it could not", async () => {
    let cuts = 0;
    server.fault = ({ host }) =>
      host !== "large" ? undefined : cuts++ === 0 ? { cutAfter: 1_000_000 } : { status: 503 };
    const first = await download();
    expect(first.status).toBe(1);
    expect(first.err).toMatch(/^error: hub-unreachable: 127\.0\.0\.1:\d+ is out of order for now \(status 503\)/);
    const [partial = ""] = partials();
    // How much of what was sent before the cut has come is the system's to say.
    const { size } = statSync(join(cache, "models--films--sentiment/blobs", partial));
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(1_000_000);
    expect(existsSync(snapshot())).toBe(false);
    server.fault = () => undefined;
    server.asked.length = 0;
    expect(await download()).toMatchObject({ status: 0, err: "" });
    expect(ranges()).toEqual([`bytes=${size}-`]);
    expect(partials()).toEqual([]);
    server.asked.length = 0;
    expect(await download()).toMatchObject({ status: 0, err: "" });
    expect(server.files()).toEqual([]);
  });

  it("refuses other bytes, and keeps none of them", async () => {
    server.fault = ({ host }) => (host === "large" ? { changed: true } : undefined);
    const { status, err } = await download();
    expect(status).toBe(1);
    expect(err).toMatch(
      /^error: download-damaged: What .* sent for onnx\/model\.onnx is not the file that the hub names/,
    );
    expect(partials()).toEqual([]);
    expect(existsSync(snapshot())).toBe(false);
  });

  it("starts again where ranges are not heeded", async () => {
    server.fault = ({ host, range }) =>
      host === "large" ? (range ? { ignoresRange: true } : { cutAfter: 500_000 }) : undefined;
    expect(await download()).toMatchObject({ status: 0, err: "" });
    expect(ranges()).toEqual(["all", expect.stringMatching(/^bytes=\d+-$/)]);
  });

  it("gives a token to the hub alone", async () => {
    const model = server.models.get(name);
    server.add(name, { ...(model ?? { commit, files: {} }), gatedFor: "hf_secret" });
    expect((await download()).err).toMatch(
      /^error: hub-denied: films\/sentiment does not exist, or only some may download it/,
    );
    server.asked.length = 0;
    const started = start(programs.commandLine, ["models", "download", name, "--yes"], {
      env: hubEnvironment({ HF_TOKEN: "hf_secret" }),
    });
    expect(await started.ended).toMatchObject({ status: 0, err: "" });
    expect(new Set(server.asked.map(({ host, authorization }) => `${host} ${authorization}`))).toEqual(
      new Set(["hub Bearer hf_secret", "large undefined"]),
    );
  });

  it("leaves a partial file that is gone on with, when it is interrupted", async () => {
    server.fault = ({ host }) => (host === "large" ? { pauseAfter: 300_000 } : undefined);
    const started = start(programs.commandLine, ["models", "download", name, "--yes"], { env: hubEnvironment({}) });
    const blobs = join(cache, "models--films--sentiment/blobs");
    // Small files come and go beside it.
    const size = () =>
      existsSync(blobs) &&
      Math.max(0, ...partials().map((part) => statSync(join(blobs, part), { throwIfNoEntry: false })?.size ?? 0));
    await until(() => size() === 300_000, "what was sent");
    started.child.kill("SIGINT");
    expect(await started.ended).toMatchObject({ status: 130, err: "" });
    expect(size()).toBe(300_000);
    server.fault = () => undefined;
    server.asked.length = 0;
    expect(await download()).toMatchObject({ status: 0, err: "" });
    expect(ranges()).toEqual(["bytes=300000-"]);
  });

  it("is made once by two at the same time", async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    server.fault = ({ host }) => (host === "large" ? { pauseAfter: 300_000, until: gate } : undefined);
    const both = [download(), download("--precision", "fp32")];
    await until(
      () => server.asked.filter(({ path }) => path.includes("/tree/")).length === 6 && ranges().length > 0,
      "both",
    );
    go();
    for (const one of await Promise.all(both)) {
      expect(one).toMatchObject({ status: 0, err: "", out: `${snapshot()}\n` });
    }
    expect(ranges()).toEqual(["all"]);
  });

  it.each([
    [
      { status: 429, headers: { "retry-after": "17" } },
      /hub-unreachable: .* takes no more requests for now\. Try again in 17 seconds\./,
    ],
    [{ status: 503 }, /hub-unreachable: .* is out of order for now \(status 503\)/],
    [{ status: 404 }, /hub-missing: There is no model films\/sentiment on 127/],
    [
      { status: 403 },
      /hub-denied: films\/sentiment does not exist, or only some may download it.*127.*\/films\/sentiment/,
    ],
    [
      { status: 302, headers: { location: "http://example.invalid/" } },
      /hub-unreachable: .* does not answer as a model hub does/,
    ],
    [{ status: 200 }, /hub-unreachable: .* does not answer as a model hub does/],
  ])("says in one sentence what an answer of %j means", async (fault, sentence) => {
    server.fault = () => fault;
    const { status, out, err } = await download();
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(sentence);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    ["../evil.json", "model-file-unsafe"],
    ["/etc/evil.json", "model-file-unsafe"],
    ["onnx/a\u0007.onnx", "model-file-unsafe"],
    ["C:\\evil.json", "model-file-unsafe"],
    ["CONFIG.json", "none"],
  ])("is refused where a file is called %j: %s", async (path, reason) => {
    const model = server.models.get(name) ?? { commit, files: {} };
    server.add(name, { ...model, lie: (entries) => [...entries, { ...entries[1], type: "file", path }] });
    const { err } = await download();
    expect(/^error: ([\w-]+)/.exec(err)?.[1] ?? "none").toBe(reason);
  });

  it("is refused before it begins where the disk has no room", async () => {
    const model = server.models.get(name) ?? { commit, files: {} };
    const lie = (entries: TreeEntry[]) =>
      entries.map((entry) => (entry.lfs ? { ...entry, lfs: { ...entry.lfs, size: 2 ** 41 } } : entry));
    server.add(name, { ...model, lie });
    expect((await download()).err).toMatch(/^error: disk-full: The download takes 2199\.0 GB/);
    expect(server.files()).toEqual([]);
  });

  it("asks nobody when it is told to be offline, and gives what is there", async () => {
    const offline = { HF_HUB_OFFLINE: "1" };
    expect((await cli(["models", "download", name, "--yes"], offline)).err).toMatch(
      /^error: hub-unreachable: .*HF_HUB_OFFLINE/,
    );
    await download();
    server.asked.length = 0;
    expect(await cli(["models", "download", name], offline)).toMatchObject({ status: 0, out: `${snapshot()}\n` });
    expect(server.asked).toEqual([]);
  });
});

describe("a search", () => {
  it("finds the most downloaded first", async () => {
    server.add("films/other-sentiment", { commit, files: {}, downloads: 9, tags: ["onnx"] });
    // What is no model's name would be a path of its own in the cache.
    server.add("..\\..\\sentiment", { commit, files: {}, downloads: 99 });
    const access = await hubAccess({ HF_ENDPOINT: server.endpoint, HF_HOME: cache }, { send: proxySend() });
    expect(() => new CacheLayout(access, "..\\..\\sentiment")).toThrow("is no name of a model");
    const found = await searchHub(access, "sentiment", new AbortController().signal);
    expect(found.map((one) => [one.name, one.downloads, one.hasOnnx])).toEqual([
      ["films/other-sentiment", 9, true],
      ["films/sentiment", 7, false],
    ]);
  });
});
