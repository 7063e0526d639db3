import { rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Outcome } from "./commandLine";
import { commit, filesCalled, HubRig } from "./hubRig";

let rig: HubRig;

beforeEach(async () => {
  rig = await HubRig.start();
});

afterEach(() => rig.end());

const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
const index = Buffer.from(JSON.stringify({ weight_map: { a: shards[0], b: shards[1] } }));

/** Brings a model into the cache; then nobody hears at the hub's address. */
async function leave(name: string, ...wanted: Parameters<HubRig["download"]>[2][]): Promise<void> {
  const access = await rig.access();
  for (const one of wanted.length > 0 ? wanted : [{}]) {
    await rig.download(access, name, one);
  }
  await rig.server.close();
}

const download = (name: string, ...more: string[]): Promise<Outcome> => rig.cli(["models", "download", name, ...more]);

/** What is printed for what is there. */
function instead(name: string, newer = "; the hub may have a newer one"): Outcome {
  const host = new URL(rig.endpoint).host;
  const err = `warning: ${host} cannot be reached. Check the network connection and the proxy. This is what was downloaded before${newer}.\n`;
  return { status: 0, err, out: `${rig.in(name, "snapshots", commit)}\n` };
}

const unreachable = {
  status: 1,
  out: "",
  err: expect.stringMatching(/^error: hub-unreachable: .* cannot be reached\./),
};

describe("a hub that cannot be reached", () => {
  it("leaves what is in the cache at that revision, and nothing of another", async () => {
    const name = rig.serve(filesCalled("config.json", "onnx/model.onnx"), { branches: ["v2", "v3"] });
    await leave(name, {}, { revision: "v2" });
    expect(await download(name)).toEqual(instead(name));
    expect(await download(name, "--revision", "v2")).toEqual(instead(name));
    expect(await download(name, "--revision", commit)).toEqual(instead(name, ""));
    expect(await download(name, "--revision", "v3")).toEqual(unreachable);
    expect(await download("films/other")).toEqual(unreachable);
    const { out } = await download(name, "--format", "json");
    const about = {
      id: name,
      revision: "main",
      commit,
      directory: rig.in(name, "snapshots", commit),
      file: "onnx/model.onnx",
      downloadedBytes: 0,
    };
    expect(JSON.parse(out)).toEqual({ schema: 1, model: about });
  });

  it("leaves no other file and no other precision than was asked for", async () => {
    const name = rig.serve(filesCalled("config.json", "model.onnx", "model_int8.onnx", "model_fp16.onnx"));
    await leave(name, { precision: "int8" }, { precision: "fp16" });
    expect(await download(name, "--precision", "int8")).toEqual(instead(name));
    expect(await download(name, "--file", "model_fp16.onnx")).toEqual(instead(name));
    expect(await download(name, "--precision", "fp32")).toEqual(unreachable);
    expect(await download(name, "--file", "model.onnx")).toEqual(unreachable);
  });

  it.each<[what: string, files: Record<string, Buffer>, gone: string, isBlob: boolean]>([
    ["a description", filesCalled("config.json", "model.onnx"), "config.json", false],
    ["weights", filesCalled("config.json", "model.onnx"), "model.onnx", false],
    ["what a link leads to", filesCalled("config.json", "model.onnx"), "blobs", true],
    [
      "a part of a checkpoint",
      { ...filesCalled("config.json", ...shards), "model.safetensors.index.json": index },
      shards[1] ?? "",
      false,
    ],
  ])("leaves nothing where %s is missing", async (_, files, gone, isBlob) => {
    const name = rig.serve(files);
    await leave(name);
    expect(await download(name)).toEqual(instead(name));
    rmSync(isBlob ? rig.in(name, gone) : rig.in(name, "snapshots", commit, gone), { recursive: true });
    expect(await download(name)).toEqual(unreachable);
  });

  it("is one that is out of order, or does not answer as a hub; not one that denies or does not know", async () => {
    const name = rig.serve(filesCalled("config.json", "adapter_config.json", "adapter_model.safetensors"));
    await rig.download(await rig.access(), name);
    for (const [status, said] of [
      [
        503,
        /^warning: .* is out of order for now \(status 503\)\. Try again later\. This is what was downloaded before/,
      ],
      [429, /^warning: .* takes no more requests for now\. Try again later\. This is what/],
      [200, /^warning: .* does not answer as a model hub does\..* This is what/],
      [401, /^error: hub-denied: /],
      [403, /^error: hub-denied: /],
      [404, /^error: hub-missing: /],
    ] as const) {
      rig.server.fault = () => ({ status });
      const { status: end, err, out } = await download(name);
      expect(err).toMatch(said);
      expect(err.trim().split("\n")).toHaveLength(1);
      expect(out).toBe(err.startsWith("warning") ? `${rig.in(name, "snapshots", commit)}\n` : "");
      expect(end).toBe(err.startsWith("warning") ? 0 : 1);
    }
  });

  it("is not complained of by a person who wanted it not to be asked", async () => {
    const name = rig.serve(filesCalled("config.json", "model.onnx"));
    await leave(name);
    const offline = { HF_HUB_OFFLINE: "1" };
    expect(await rig.cli(["models", "download", name], offline)).toEqual({ ...instead(name), err: "" });
    const { err } = await rig.cli(["models", "download", name, "--precision", "q4"], offline);
    expect(err).toMatch(/^error: hub-unreachable: .* was not asked, since HF_HUB_OFFLINE is set/);
    writeFileSync(rig.in(name, "refs/main"), `../snapshots/${commit}`);
    expect((await rig.cli(["models", "download", name], offline)).status).toBe(1);
  });
});
