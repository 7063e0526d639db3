import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpointWeights } from "../../../src/models/checkpoint/checkpointWeights";
import { openModelFolder } from "../../../src/models/folder";
import { ModelFiles } from "../../../src/models/modelFiles";
import { safetensorsFile } from "../../support/checkpointCorpus";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "saved-"));
  write({ "tokenizer.json": {}, "config.json": { architectures: ["MPNetForMaskedLM"], model_type: "mpnet" } });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  }
}

const weights = safetensorsFile({ "embeddings.word_embeddings.weight": [4, 2] }, "F32");
const open = (file: string | null = null) => openModelFolder({ directory: folder, file });
const pooling = { "1_Pooling/config.json": { pooling_mode_mean_tokens: true } };

describe("folders as people save them", () => {
  it("give embeddings where sentence-transformers saved them, whatever class their body was saved as", async () => {
    write({ "model.safetensors": weights, ...pooling });
    const opened = await open();
    expect(opened.config.task).toBe("sentence-similarity");
    expect(opened.settings.architectures).toEqual(["MPNetModel"]);
    write({ "config.json": { architectures: ["Qwen3ForCausalLM"], model_type: "qwen3" } });
    expect((await open()).settings.architectures).toEqual(["Qwen3Model"]);
    write({ "config.json": { architectures: ["MPNetForSequenceClassification"], num_labels: 2 } });
    expect((await open()).settings.architectures).toEqual(["MPNetForSequenceClassification"]);
  });

  it("have of ONNX files what these give, and blanks where nothing is pooled", async () => {
    write({ "onnx/model.onnx": weights, ...pooling });
    expect((await open()).settings.architectures).toEqual(["MPNetForMaskedLM"]);
    rmSync(join(folder, "1_Pooling"), { recursive: true });
    rmSync(join(folder, "onnx"), { recursive: true });
    write({ "model.safetensors": weights });
    expect((await open()).config.task).toBe("fill-mask");
  });

  it("are refused without a part of their weights, whose name and place is said", async () => {
    const part = "model-00001-of-00002.safetensors";
    write({ "model.safetensors.index.json": { weight_map: { a: part } } });
    const message = expect.stringMatching(/weights in model-00001-of-00002\.safetensors.*Put that file beside/);
    await expect(open()).rejects.toMatchObject({ reason: "model-missing", message });
  });

  it("are refused with an adapter whose weights are pickled or not there, saying what to do", async () => {
    write({ "model.safetensors": weights, "adapter_config.json": { peft_type: "LORA" } });
    const missing = expect.stringMatching(/no adapter_model\.safetensors in .*Copy it there/);
    await expect(open()).rejects.toMatchObject({ reason: "model-missing", message: missing });
    write({ "adapter_model.bin": weights });
    const pickled = expect.stringMatching(/adapter_model\.bin is never opened.*AutoPeftModel.*save_pretrained/);
    await expect(open()).rejects.toMatchObject({ reason: "model-missing", message: pickled });
  });

  it("are not read where weights are floats of other sizes, which are named", () => {
    const doubled = Buffer.from(weights).toString("latin1").replace('"F32"', '"F64"');
    write({ "model.safetensors": new Uint8Array(Buffer.from(doubled, "latin1")) });
    const files = new ModelFiles({ directory: folder, file: "model.safetensors" });
    const { find } = checkpointWeights(files, ["model.safetensors"]);
    expect(find("classifier.weight")).toBeUndefined();
    const thrown = expect(() => find("embeddings.word_embeddings.weight"));
    thrown.toThrow(expect.objectContaining({ reason: "model-unsupported" }));
    thrown.toThrow(/word_embeddings\.weight as F64.*float\(\)\.save_pretrained/);
  });
});
