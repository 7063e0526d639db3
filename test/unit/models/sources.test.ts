import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModelPlaces } from "../../../src/common/model";
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
      ["old", "recent", null],
      ["some/name", "hub-cache", null],
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
      file: "onnx/model.onnx",
      bytes: 25,
      task: "text-classification",
      gives: "softmax",
      labels: ["a", "b", "c", "d"],
      labelCount: 5,
      problem: null,
    });
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

  it("are meant by a path or a name", async () => {
    expect(await resolveModel("models/near", places)).toBe(join(root, "work/models/near"));
    expect(await resolveModel("inner", places)).toBe(join(root, "work/deep/below/inner"));
    expect(await resolveModel("some/name", places)).toContain("snapshots");
    await expect(resolveModel("nothing", places)).rejects.toThrow(
      "no model of that name. Known models: bundled, near, inner, old, some/name.",
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
