import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readModel, writeModel } from "../../src/graph/modelFile";
import type { TensorProto } from "../../src/graph/onnxSchema";
import { joinChunks } from "../../src/graph/protobufWriter";
import { cachedModel } from "../../src/hub/cachedModel";
import { missingBytes } from "../../src/hub/downloadModel";
import { describeOnHub } from "../../src/hub/hubModel";
import { variantsOf } from "../../src/hub/variants";
import { commit, filesCalled, HubRig, lasting, refusal } from "./hubRig";
import { root } from "./support";

const sentiment = join(root, "models/sentiment");
let rig: HubRig;

beforeEach(async () => {
  rig = await HubRig.start();
});

afterEach(() => rig.end());

/** The bundled model with its largest weights in a file of that name beside it. */
function keptIn(location: string): { readonly onnx: Buffer; readonly data: Buffer } {
  const model = readModel(readFileSync(join(sentiment, "onnx/model.onnx")));
  const size = ({ rawData }: TensorProto) => rawData?.length ?? 0;
  const largest = [...(model.graph?.initializer ?? [])].sort((one, other) => size(other) - size(one))[0];
  if (!model.graph || !largest?.rawData) {
    throw new Error("The bundled model has no weights.");
  }
  const { rawData, ...rest } = largest;
  const outside = { ...rest, dataLocation: 1, externalData: [{ key: "location", value: location }] };
  const initializer = model.graph.initializer.map((tensor) => (tensor === largest ? outside : tensor));
  const onnx = Buffer.from(joinChunks(writeModel({ ...model, graph: { ...model.graph, initializer } })));
  return { onnx, data: Buffer.from(rawData) };
}

function serve(location: string, path: string): { readonly name: string; readonly data: Buffer } {
  const { onnx, data } = keptIn(location);
  const beside = ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"];
  const name = rig.serve({
    ...Object.fromEntries(beside.map((file) => [file, readFileSync(join(sentiment, file))])),
    "onnx/model.onnx": onnx,
    [path]: data,
    ...filesCalled("onnx/other.bin", "weights.bin"),
  });
  return { name, data };
}

describe("weights of an ONNX file under another name", () => {
  it("are brought with it, and it can be used", async () => {
    const { name, data } = serve("weights/large.bin", "onnx/weights/large.bin");
    const out = `${rig.in(name, "snapshots", commit)}\n`;
    expect(await rig.cli(["models", "download", name, "--yes"])).toEqual({ status: 0, err: "", out });
    expect(rig.read(name, "onnx/weights/large.bin").equals(data)).toBe(true);
    expect(existsSync(rig.in(name, "snapshots", commit, "onnx/other.bin"))).toBe(false);
    expect(existsSync(rig.in(name, "snapshots", commit, "weights.bin"))).toBe(false);
    const env = { HF_HUB_CACHE: rig.cache };
    const explained = await rig.cli(
      ["--model", name, "--method", "attention", "--format", "json", "A gorgeous film."],
      env,
    );
    expect(explained.err).toBe("");
    expect(JSON.parse(explained.out).prediction.classes[0].label).toBe("positive");
  });

  it("count, are asked about, and are asked for again only where they are missing", async () => {
    const { name, data } = serve("large.bin", "onnx/large.bin");
    const access = await rig.access();
    const model = await describeOnHub(access, name, null, lasting);
    const [variant] = variantsOf(model);
    if (!variant) {
      throw new Error("There is no way to have it.");
    }
    expect(await missingBytes(access, { model, variant })).toBe(variant.bytes);
    const questions: unknown[] = [];
    const no = new Error("not wanted");
    const agree = async (files: readonly { readonly path: string }[], missing: number) => {
      questions.push([files.map(({ path }) => path), missing]);
      throw no;
    };
    expect(await refusal(rig.download(access, name, {}, { agree }))).toMatch(/not wanted/);
    expect(questions).toEqual([[["onnx/large.bin"], data.length]]);
    expect(existsSync(rig.in(name, "snapshots", commit))).toBe(false);
    expect(await missingBytes(access, { model, variant })).toBe(data.length);
    const progress: (readonly [done: number, total: number])[] = [];
    const report = ({ done, total }: { readonly done: number; readonly total: number }) => progress.push([done, total]);
    expect(await rig.download(access, name, {}, { report })).toMatchObject({ fetched: data.length });
    const all = variant.bytes + data.length;
    expect(progress[0]).toEqual([variant.bytes, all]);
    expect(progress.at(-1)).toEqual([all, all]);
    expect(await rig.download(access, name)).toMatchObject({ fetched: 0 });
  });

  it("are looked for where the cache alone is asked", async () => {
    const { name } = serve("large.bin", "onnx/large.bin");
    const access = await rig.access();
    const { directory } = await rig.download(access, name);
    const any = { file: null, precision: null };
    expect(await cachedModel(access, name, null, any)).toEqual({ directory, commit, file: "onnx/model.onnx" });
    rmSync(join(directory, "onnx/large.bin"));
    expect(await cachedModel(access, name, null, any)).toBeNull();
  });

  it.each(["../weights.bin", "/weights.bin", "..\\weights.bin", "C:/weights.bin", "*weights.bin", "none.bin"])(
    "are not brought where they would be in %j",
    async (location) => {
      const { name } = serve(location, "onnx/safe.bin");
      await rig.download(await rig.access(), name);
      expect(rig.server.files().filter((path) => path.includes("weights.bin"))).toEqual([]);
      expect(existsSync(rig.in(name, "snapshots", commit, "weights.bin"))).toBe(false);
      expect(existsSync(rig.in(name, "snapshots", commit, "onnx/model.onnx"))).toBe(true);
    },
  );
});
