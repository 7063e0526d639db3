import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { makeShipped } from "../../src/graph/shipped";
import { placeOf } from "../../src/graph/storedBytes";
import { adapterFiles } from "../../src/models/adapter/adapterFolder";
import { readCheckpoint } from "../../src/models/checkpoint/readCheckpoint";
import { openModelFolder } from "../../src/models/folder";
import { ModelFiles } from "../../src/models/modelFiles";
import { type AdapterGolden, adapterGolden, adapterNames, writeAdapter } from "../support/adapterCorpus";
import { storedFloats } from "../support/corpus";
import { feedsOf, largest, largestDifference, openSession, runFloats } from "../support/corpusMeasure";
import { writeNumberedWords } from "../support/seq2seq";

const root = mkdtempSync(join(tmpdir(), "adapters-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const place = () => mkdtempSync(join(root, "place-"));

/** The largest difference of the outputs of a folder's model from a golden file's, as a share of the largest number. */
async function differs(directory: string, golden: AdapterGolden): Promise<number> {
  const folder = await openModelFolder({ directory, file: null });
  const { graph } = readCheckpoint(folder, new ModelFiles(folder), folder.adapter && adapterFiles(folder.adapter));
  const differences: number[] = [];
  for (const [name, value] of Object.entries(golden.outputs)) {
    const { model, inputs, logits } = makeShipped(graph, name);
    const session = await openSession(model);
    try {
      const { data } = (await runFloats(session, feedsOf(golden, inputs)))(logits);
      differences.push(
        largestDifference(realOf(data, golden), realOf(storedFloats(value), golden)) / largest(storedFloats(value)),
      );
    } finally {
      await session.release();
    }
  }
  return Math.max(...differences);
}

/** The numbers of the first text, which has no padding. */
const realOf = (values: Float32Array, { inputs }: AdapterGolden) =>
  values.subarray(0, values.length / (inputs.input_ids?.length ?? 1));

/** A golden adapter beside its model, named as it says. */
function beside(name: string, changed: (golden: AdapterGolden) => AdapterGolden = (golden) => golden) {
  const golden = changed(adapterGolden(name));
  const [base, own] = [join(place(), "base"), ""];
  const adapter = join(base, "..", `adapter${own}`);
  writeAdapter(golden, base, adapter);
  writeNumberedWords(base);
  return { golden, base, adapter };
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing thrown",
    (error: unknown) => error,
  );

describe("a model with an adapter", () => {
  it.each(adapterNames())("computes what peft merges: %s", async (name) => {
    const { golden, adapter } = beside(name);
    const difference = await differs(adapter, golden);
    console.info(name.padEnd(20), difference.toExponential(1));
    expect(difference).toBeLessThan(1e-5);
  });

  it("is found in its model's folder, in one within the adapter's, by a path and in the model hub's cache", async () => {
    const golden = adapterGolden("gpt2.next");
    const within = (base: string, own: string, name = "someone/base") => {
      writeAdapter({ ...golden, adapterConfig: { ...golden.adapterConfig, base_model_name_or_path: name } }, base, own);
      writeNumberedWords(own);
      return own;
    };
    const one = place();
    const inner = place();
    const cache = place();
    const path = join(place(), "elsewhere");
    vi.stubEnv("HF_HUB_CACHE", cache);
    const commit = "0".repeat(40);
    const model = join(cache, "models--someone--cached");
    mkdirSync(join(model, "refs"), { recursive: true });
    writeFileSync(join(model, "refs", "main"), commit);
    for (const directory of [
      within(one, one),
      within(join(inner, "base"), inner),
      within(path, place(), path),
      within(join(model, "snapshots", commit), place(), "someone/cached"),
    ]) {
      expect(await differs(directory, golden)).toBeLessThan(1e-5);
    }
  });

  it("leaves the weights that an adapter replaces not to the runtime, which is told the model's folder alone", async () => {
    const { adapter, base } = beside("llama.words");
    const folder = await openModelFolder({ directory: adapter, file: null });
    const { graph } = readCheckpoint(folder, new ModelFiles(folder), folder.adapter && adapterFiles(folder.adapter));
    const places = [...graph.initialisers.values()].map(({ rawData }) => rawData && placeOf(rawData)?.location);
    expect(new Set(places)).toEqual(new Set([undefined, "model.safetensors"]));
    expect(readdirSync(base)).toContain("model.safetensors");
  });

  it("is read with the texts of its model, and known by its own folder", async () => {
    const { adapter } = beside("bert.classes");
    const folder = await openModelFolder({ directory: adapter, file: null });
    expect(folder).toMatchObject({ id: "adapter", file: "model.safetensors" });
    expect(folder.config).toMatchObject({ task: "text-classification", labels: ["LABEL_0", "LABEL_1", "LABEL_2"] });
  });

  it("is refused where its model is not there, or is another one", async () => {
    const { adapter, base } = beside("llama.next");
    rmSync(base, { recursive: true });
    vi.stubEnv("HF_HUB_CACHE", place());
    expect(await errorOf(openModelFolder({ directory: adapter, file: null }))).toMatchObject({
      reason: "model-missing",
      message: expect.stringContaining("someone/base"),
    });
    const other = (golden: AdapterGolden): AdapterGolden => ({ ...golden, ...pick(adapterGolden("bert.blanks")) });
    const pick = ({ config, tensors }: AdapterGolden) => ({ config, tensors });
    const wrong = beside("gpt2.next", other);
    expect(await errorOf(differs(wrong.adapter, wrong.golden))).toMatchObject({
      reason: "model-file-corrupt",
      message: expect.stringMatching(/does not belong to this model.*transformer\.h\.0/),
    });
    const larger = beside("llama.next", (golden) => ({
      ...golden,
      adapterTensors: Object.fromEntries(
        Object.entries(golden.adapterTensors).map(([name, [rows = 0, columns = 0]]) => [
          name,
          name.includes("q_proj.lora_A") ? [rows, columns + 1] : [rows, columns],
        ]),
      ),
    }));
    expect(await errorOf(differs(larger.adapter, larger.golden))).toMatchObject({
      reason: "model-file-corrupt",
      message: expect.stringMatching(/q_proj is 16 × 16 in the model, and 16 × 17/),
    });
  });

  it("is refused by name where it is no LoRA that is merged here", async () => {
    for (const [name, value] of Object.entries({
      peft_type: "IA3",
      use_dora: true,
      use_qalora: true,
      lora_bias: true,
      layer_replication: [[0, 1]],
      target_parameters: ["weight"],
      trainable_token_indices: [1],
      init_lora_weights: "pissa",
      alpha_pattern: { ".*q_proj|v": 3 },
      some_new_switch: 1,
    })) {
      const { adapter } = beside("gpt2.next", (golden) => ({
        ...golden,
        adapterConfig: { ...golden.adapterConfig, [name]: value },
      }));
      expect(await errorOf(openModelFolder({ directory: adapter, file: null }))).toMatchObject({
        reason: "model-unsupported",
        message: expect.stringContaining(name),
      });
    }
    const { adapter } = beside("gpt2.next", (golden) => ({
      ...golden,
      adapterTensors: {
        ...golden.adapterTensors,
        "base_model.model.transformer.h.0.attn.c_attn.lora_magnitude_vector": [48],
      },
    }));
    expect(await errorOf(openModelFolder({ directory: adapter, file: null }))).toMatchObject({
      reason: "model-unsupported",
      message: expect.stringContaining("lora_magnitude_vector"),
    });
  });

  it("is refused where a link leads its weights out of its folder", async () => {
    const { adapter } = beside("gpt2.next");
    const file = join(adapter, "adapter_model.safetensors");
    const outside = join(place(), "weights.safetensors");
    writeFileSync(outside, "");
    rmSync(file);
    symlinkSync(outside, file);
    expect(await errorOf(openModelFolder({ directory: adapter, file: null }))).toMatchObject({
      reason: "model-file-unsafe",
    });
  });
});
