import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModelPlaces } from "../../../src/common/model";
import { openModelFolder } from "../../../src/models/folder";
import { findModels, resolveModel } from "../../../src/models/sources/findModels";
import { modelSources } from "../../../src/models/sources/registry";
import { codeFiles } from "../../support/sourceCode";

const root = mkdtempSync(join(tmpdir(), "explain-sources-"));
const places: ModelPlaces = {
  bundled: join(root, "bundled"),
  folders: [join(root, "work")],
  recent: [join(root, "old")],
};
const config = JSON.stringify({
  architectures: ["BertForSequenceClassification"],
  id2label: { 0: "a", 1: "b", 2: "c", 3: "d", 4: "e" },
});
const whole = { "config.json": config, "tokenizer.json": "{}", "onnx/model.onnx": "x".repeat(25) };

/** Makes a folder of some files. */
function folder(path: string, files: Readonly<Record<string, string>> = whole): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path, name)), { recursive: true });
    writeFileSync(join(root, path, name), content);
  }
  return join(root, path);
}

const found = async (change: Partial<ModelPlaces> = {}) =>
  (await findModels({ ...places, ...change })).map(({ id, source, problem }) => [id, source, problem?.reason ?? null]);

beforeEach(() => void vi.stubEnv("HF_HOME", join(root, "hub-home")));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true }));

describe("models on this machine", () => {
  it("are found in every source, each once, the nearest first", async () => {
    folder("bundled");
    folder("work/deep/below/inner");
    folder("work/models/near");
    folder("work/models/half", { "config.json": config, "onnx/model.onnx": "x" });
    folder("work/settings", { "config.json": "{}" });
    folder("old");
    folder("hub-home/hub/models--some--name/snapshots/0123");
    expect(await found()).toEqual([
      ["bundled", "bundled", null],
      ["half", "workspace", "model-missing"],
      ["near", "workspace", null],
      ["inner", "workspace", null],
      ["some/name", "hub-cache", null],
      ["old", "recent", null],
    ]);
    const downloaded = join(root, "hub-home/hub/models--some--name/snapshots/0123");
    expect((await found({ recent: [downloaded] })).map(([id]) => id)).toEqual([
      "bundled",
      "half",
      "near",
      "inner",
      "some/name",
    ]);
    expect(await found({ recent: [places.bundled, join(root, "gone")] })).toContainEqual([
      "gone",
      "recent",
      "model-missing",
    ]);
    expect(await findModels({ ...places, folders: [] })).toContainEqual({
      id: "bundled",
      directory: places.bundled,
      source: "bundled",
      title: "Included",
      removable: false,
      training: null,
      file: "onnx/model.onnx",
      bytes: 25,
      files: [{ file: "onnx/model.onnx", bytes: 25, precision: null }],
      architecture: null,
      layers: null,
      heads: null,
      task: "text-classification",
      gives: "softmax",
      labels: ["a", "b", "c", "d"],
      labelCount: 5,
      problem: null,
    });
  });

  it("have the hub's name also where its cache is in the workspace", async () => {
    folder("elsewhere/hub/models--some--other/snapshots/4567");
    expect(await found({ folders: [join(root, "elsewhere")] })).toContainEqual(["some/other", "workspace", null]);
  });

  it("are not looked for among packages and hidden folders, nor inside a model", async () => {
    for (const name of ["node_modules", ".hidden", "venv", "models/near"]) {
      folder(`work/${name}/within`);
    }
    expect((await found()).map(([id]) => id)).not.toContain("within");
  });

  it("are looked for in so many folders, and no more", async () => {
    for (let index = 0; index < 2100; index++) {
      mkdirSync(join(root, "many", `${index}`.padStart(4, "0")), { recursive: true });
    }
    folder("many/0001/reached");
    folder("many/2099");
    expect(await found({ folders: [join(root, "many")] })).not.toContainEqual(["2099", "workspace", null]);
    folder("many/1000");
    expect(await found({ folders: [join(root, "many")] })).toContainEqual(["1000", "workspace", null]);
  });

  it("are steps of one training where a trainer saved several, in the order of their steps", async () => {
    for (const step of ["checkpoint-1000", "checkpoint-500", "checkpoint-last", "logs"]) {
      folder(`trained/run/${step}`);
    }
    folder("trained/ended");
    folder("trained/ended/checkpoint-20");
    folder("trained/ended/other");
    const models = await findModels({ ...places, folders: [join(root, "trained")] });
    const trained = models.filter(({ source }) => source === "workspace");
    expect(trained.map(({ id, training }) => [id, training?.directory, training?.step])).toEqual([
      ["ended", join(root, "trained/ended"), null],
      ["ended/checkpoint-20", join(root, "trained/ended"), 20],
      ["run/checkpoint-500", join(root, "trained/run"), 500],
      ["run/checkpoint-1000", join(root, "trained/run"), 1000],
      ["checkpoint-last", undefined, undefined],
      ["logs", undefined, undefined],
    ]);
  });

  it("are named where the folder of a training is asked for, which is no model itself", async () => {
    folder("refused/checkpoint-2");
    folder("refused/checkpoint-10");
    const reference = { directory: join(root, "refused"), file: null };
    await expect(openModelFolder(reference)).rejects.toThrow(
      "holds the steps of a training. Choose one of them, such as checkpoint-10, checkpoint-2.",
    );
  });

  it("are said to be built as their configuration says", async () => {
    const built = { model_type: "bert", num_hidden_layers: 3, num_attention_heads: 4, torch_dtype: "float16" };
    folder("built", { ...whole, "config.json": JSON.stringify({ ...JSON.parse(config), ...built }) });
    const models = await findModels({ ...places, folders: [join(root, "built")] });
    expect(models.find(({ id }) => id === "built")).toMatchObject({ architecture: "bert", layers: 3, heads: 4 });
  });

  it("are listed as soon as a checkpoint lies beside a configuration", async () => {
    folder("checkpoints/one", { "config.json": config, "model.safetensors": "x" });
    folder("checkpoints/two", { "config.json": config, "model.safetensors.index.json": "{}" });
    folder("checkpoints/three", { "config.json": config, "adapter.safetensors": "x" });
    const models = await findModels({ ...places, folders: [join(root, "checkpoints")] });
    expect(models.filter(({ source }) => source === "workspace").map(({ id }) => id)).toEqual(["one", "two"]);
  });

  it("are meant by a path or a name", async () => {
    expect(await resolveModel("models/near", places)).toBe(join(root, "work/models/near"));
    expect(await resolveModel("inner", places)).toBe(join(root, "work/deep/below/inner"));
    expect(await resolveModel("some/name", places)).toContain("snapshots");
    await expect(resolveModel("nothing", places)).rejects.toThrow(
      "no model of that name. Known models: bundled, near, inner, some/name, old.",
    );
  });

  it("come from sources with words of their own", () => {
    const all = Object.values(modelSources);
    expect(new Set(all.flatMap(({ title, label }) => [title, label])).size).toBe(2 * all.length);
  });

  it("are told apart by their table alone: nobody else compares names", () => {
    const names = Object.keys(modelSources).join("|");
    const comparison = new RegExp(`(?:[!=]==? *|case +)"(?:${names})"`);
    expect(comparison.test('source === "hub-cache"')).toBe(true);
    const files = codeFiles("src/cli", "src/editor", "src/engine", "src/models");
    expect(files.filter(({ text }) => comparison.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
