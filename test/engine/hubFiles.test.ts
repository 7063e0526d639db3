import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeOnHub } from "../../src/hub/hubModel";
import { variantsOf } from "../../src/hub/variants";
import { commit, filesCalled, HubRig, lasting, refusal } from "./hubRig";

let rig: HubRig;

beforeEach(async () => {
  rig = await HubRig.start();
});

afterEach(() => rig.end());

/** The files of a model's commit in the cache, by their paths. */
function brought(name: string): string[] {
  const folder = rig.in(name, "snapshots", commit);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(`${folder}/${path}`).isFile())
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

describe("what is downloaded", () => {
  it("are all shards of a checkpoint with their index, and none of another kind", async () => {
    const shards = [1, 2, 3].map((number) => `model-0000${number}-of-00003.safetensors`);
    const name = rig.serve(
      filesCalled(
        "config.json",
        "model.safetensors.index.json",
        ...shards,
        "pytorch_model.bin",
        "tf_model.h5",
        "run.py",
      ),
      { stored: { BF16: 900, F32: 3 } },
    );
    const { variant } = await rig.download(await rig.access(), name);
    expect(variant).toMatchObject({ precision: "bf16", kind: "safetensors", file: "model.safetensors.index.json" });
    expect(brought(name)).toEqual(["config.json", ...shards, "model.safetensors.index.json"]);
  });

  it("is the whole file where a checkpoint is there whole and in shards", async () => {
    const name = rig.serve(
      filesCalled(
        "config.json",
        "model.safetensors",
        "model.safetensors.index.json",
        "model-00001-of-00001.safetensors",
      ),
    );
    await rig.download(await rig.access(), name);
    expect(brought(name)).toEqual(["config.json", "model.safetensors"]);
  });

  it("is an adapter with what it says of itself", async () => {
    const name = rig.serve(
      filesCalled(
        "adapter_config.json",
        "adapter_model.safetensors",
        "adapter_model.bin",
        "tokenizer.json",
        "README.md",
      ),
    );
    const { variant } = await rig.download(await rig.access(), name);
    expect(variant.file).toBe("adapter_model.safetensors");
    expect(brought(name)).toEqual(["README.md", "adapter_config.json", "adapter_model.safetensors", "tokenizer.json"]);
  });

  it.each([["model.onnx_data", "model.onnx_data_1", "model.onnx_data_2"], ["model.onnx.data"]])(
    "are the weights beside an ONNX file: %s",
    async (...data) => {
      const paths = data.map((path) => `onnx/${path}`);
      const others = ["onnx/model_fp16.onnx", "onnx/model_fp16.onnx_data", "onnx/model_fp16.onnx.data"];
      const name = rig.serve(filesCalled("config.json", "onnx/model.onnx", ...paths, ...others));
      await rig.download(await rig.access(), name, { precision: "fp32" });
      expect(brought(name)).toEqual(["config.json", "onnx/model.onnx", ...paths].sort());
      await rig.download(await rig.access(), name, { precision: "fp16" });
      expect(brought(name)).toEqual(["config.json", "onnx/model.onnx", ...paths, ...others].sort());
    },
  );

  it("are both files of an encoder and a decoder, and the one that goes on", async () => {
    const three = ["encoder_model", "decoder_model", "decoder_with_past_model"];
    const name = rig.serve(
      filesCalled("config.json", ...three.flatMap((part) => [`onnx/${part}.onnx`, `onnx/${part}_int8.onnx`])),
    );
    await rig.download(await rig.access(), name, { precision: "int8" });
    expect(brought(name)).toEqual(["config.json", ...three.map((part) => `onnx/${part}_int8.onnx`).sort()]);
  });

  it("is said with what there is, where the file or the precision that was asked for is not there", async () => {
    const name = rig.serve(filesCalled("config.json", "model.onnx", "model_fp16.onnx"));
    const access = await rig.access();
    const known = "It has: model.onnx (fp32), model_fp16.onnx (fp16).";
    expect(await refusal(rig.download(access, name, { precision: "q4" }))).toBe(
      `hub-missing: films/small has no q4. ${known}`,
    );
    expect(await refusal(rig.download(access, name, { file: "other.onnx" }))).toBe(
      `hub-missing: films/small has no other.onnx. ${known}`,
    );
  });

  it.each([
    ["pytorch_model.bin", /^model-unsupported: films\/small has its weights only in files that may hold programs/],
    ["notes.txt", /^model-unsupported: films\/small has neither ONNX nor safetensors files\./],
  ])("is nothing where there is only %s", async (path, said) => {
    const name = rig.serve(filesCalled("config.json", path));
    expect(await refusal(rig.download(await rig.access(), name))).toMatch(said);
    expect(rig.server.files()).toEqual([]);
  });
});

describe("a revision", () => {
  it.each([
    ["a branch", "main", null],
    ["the usual one, by no name", "main", null],
    ["another branch", "refined", "refined"],
    ["a tag with slashes", "refs/pr/7", "refs/pr/7"],
    ["a commit", null, commit],
  ])("is remembered by its name, but for a commit: %s", async (_, remembered, revision) => {
    const name = rig.serve(filesCalled("config.json", "model.onnx"), { branches: ["refined", "refs/pr/7"] });
    await rig.download(await rig.access(), name, { revision });
    expect(brought(name)).toEqual(["config.json", "model.onnx"]);
    const refs = existsSync(rig.in(name, "refs")) ? readdirSync(rig.in(name, "refs"), { recursive: true }) : [];
    const steps = (remembered ?? "").split("/").filter((step) => step !== "");
    expect(refs).toEqual(steps.map((_step, index) => steps.slice(0, index + 1).join("/")));
    if (remembered !== null) {
      expect(readFileSync(rig.in(name, "refs", remembered), "utf8")).toBe(commit);
    }
    // Files are asked for by the commit, so that all are of one state.
    const asked = rig.server.asked.map(({ path }) => path).filter((path) => path.includes("/resolve/"));
    expect(asked.sort()).toEqual([
      `/films/small/resolve/${commit}/config.json`,
      `/films/small/resolve/${commit}/model.onnx`,
    ]);
  });

  it("shares with another what is the same in both", async () => {
    const files = filesCalled("config.json", "model.onnx");
    const name = rig.serve(files);
    const access = await rig.access();
    await rig.download(access, name);
    const later = "f".repeat(40);
    rig.serve({ ...files, "config.json": Buffer.from("{}") }, { commit: later });
    expect(await rig.download(access, name)).toMatchObject({ fetched: 2 });
    expect(readFileSync(rig.in(name, "refs/main"), "utf8")).toBe(later);
    expect(rig.read(name, "config.json", later).toString()).toBe("{}");
    expect(rig.read(name, "model.onnx", later)).toEqual(rig.read(name, "model.onnx"));
  });

  it("that is not there is said by its name", async () => {
    const name = rig.serve(filesCalled("config.json", "model.onnx"));
    expect(await refusal(describeOnHub(await rig.access(), name, "v9", lasting))).toBe(
      "hub-missing: films/small has no revision v9. Choose another branch, tag or commit.",
    );
  });
});

describe("without links", () => {
  it("files are where links would be, and nothing is asked for again", async () => {
    const files: Record<string, Buffer> = {
      ...filesCalled("config.json", "onnx/model.onnx"),
      "vocab.txt": Buffer.from("same"),
      "merges.txt": Buffer.from("same"),
    };
    const name = rig.serve(files);
    const access = await rig.access({ HF_HUB_DISABLE_SYMLINKS: "1" });
    await rig.download(access, name);
    for (const [path, bytes] of Object.entries(files)) {
      expect(lstatSync(rig.in(name, "snapshots", commit, path)).isFile()).toBe(true);
      expect(rig.read(name, path).equals(bytes)).toBe(true);
    }
    const hash = createHash("sha256")
      .update(files["onnx/model.onnx"] ?? "")
      .digest("hex");
    const [blob, placed] = [rig.in(name, "blobs", hash), rig.in(name, "snapshots", commit, "onnx/model.onnx")];
    // On the disk it is there once.
    expect(statSync(placed).ino).toBe(statSync(blob).ino);
    rig.server.asked.length = 0;
    expect(await rig.download(access, name)).toMatchObject({ fetched: 0 });
    expect(rig.server.files()).toEqual([]);
  });
});

describe("the ways to have a model", () => {
  it("are its ONNX files by their precision, the usual first, then its safetensors", async () => {
    const suffixes = ["", "_bnb4", "_fp16", "_int8", "_q4", "_q4f16", "_quantized", "_uint8"];
    const name = rig.serve(
      filesCalled("config.json", "model.safetensors", ...suffixes.map((suffix) => `onnx/model${suffix}.onnx`)),
      { stored: { F16: 10, I64: 1 } },
    );
    const variants = variantsOf(await describeOnHub(await rig.access(), name, null, lasting));
    expect(variants.map(({ file, precision }) => `${file} ${precision}`)).toEqual([
      "onnx/model.onnx fp32",
      "onnx/model_bnb4.onnx bnb4",
      "onnx/model_fp16.onnx fp16",
      "onnx/model_int8.onnx int8",
      "onnx/model_q4.onnx q4",
      "onnx/model_q4f16.onnx q4f16",
      "onnx/model_quantized.onnx int8",
      "onnx/model_uint8.onnx uint8",
      "model.safetensors fp16",
    ]);
  });
});
