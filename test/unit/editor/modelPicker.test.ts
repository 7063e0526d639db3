import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import { ExplainError } from "../../../src/common/errors";
import type { ModelPlaces } from "../../../src/common/model";
import type { ModelParts } from "../../../src/editor/modelParts";
import { findModels } from "../../../src/models/sources/findModels";
import { Uri, window, workspace } from "./fakeVscode";
import { english } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { pathInWorkspace } = await import("../../../src/editor/modelChoice");
const { chooseModel } = await import("../../../src/editor/modelPicker");

interface Row {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly folder: string | null;
  readonly iconPath?: { readonly id: string };
}

let folder: string;
let rows: Row[];
/** What the engine says of a folder. */
let describeModel: (directory: string) => Promise<unknown>;

/** Makes a model's folder of some of its files. */
function model(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, content] of Object.entries(files)) {
    const place = path.join(folder, name, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
  return path.join(folder, name);
}

const config = (architecture: string): string =>
  JSON.stringify({ architectures: [architecture], id2label: { 0: "bad", 1: "good" } });
const whole = {
  "config.json": config("BertForSequenceClassification"),
  "tokenizer.json": "{}",
  "onnx/model.onnx": "x".repeat(2500),
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "explain-models-"));
  workspace.written = [];
  workspace.workspaceFolders = [{ uri: Uri.file(folder) }];
  vi.stubEnv("HF_HOME", path.join(folder, ".hub"));
  describeModel = () => Promise.resolve({});
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  workspace.workspaceFolders = undefined;
  vi.unstubAllEnvs();
});

/** Opens the list and chooses the row of a label. */
async function choose(label: string, recent: readonly string[] = []): Promise<void> {
  window.pick = (items) => {
    rows = items as Row[];
    return rows.find((row) => row.label === label);
  };
  await chooseModel({
    bundled: path.join(folder, "bundled"),
    current: () => ({ directory: path.join(folder, "a"), file: null }),
    workspaceFolder: () => folder,
    engine: {
      request: (name: string, params: { directory: string } & ModelPlaces) =>
        name === "findModels" ? findModels(params) : describeModel(params.directory),
    } as unknown as ModelParts["engine"],
    memory: { get: () => recent, update: () => Promise.resolve() } as unknown as vscode.Memento,
    translate: english,
  });
}

describe("the list of models", () => {
  it("says task, labels and size, which is in use, and why folders cannot be used", async () => {
    model("bundled", whole);
    model("a", whole);
    model("b", { "config.json": whole["config.json"], "onnx/model.onnx": "x" });
    model("c", { "config.json": whole["config.json"], "tokenizer.json": "{}" });
    model("d", { ...whole, "config.json": config("BertForMultipleChoice") });
    model("e", { ...whole, "config.json": "{" });
    await choose("none");
    const row = (name: string) => rows.find(({ label }) => label === name);
    expect(row("a")).toMatchObject({
      description: expect.stringContaining("in use"),
      detail: "text classification · bad, good · 2.5 kB",
      iconPath: { id: "check" },
    });
    expect(row("bundled")?.description).not.toContain("in use");
    const refused = ["b", "c", "d", "e"].map((name) => row(name)?.detail);
    expect(refused).toEqual([
      expect.stringMatching(/^There is no tokenizer\.json in .*b\. Copy the model's/),
      expect.stringMatching(/^There is no \.onnx file and no model\.safetensors in .*c\./),
      expect.stringMatching(/^This model does multiple choice \(BertForMultipleChoice\)/),
      "config.json is not valid JSON. Download the model again.",
    ]);
    expect(rows.findIndex(({ label }) => label === "Cannot be used")).toBeLessThan(
      rows.findIndex(({ label }) => label === "b"),
    );
  });

  it("follows no link out of a model's folder", async () => {
    model("bundled", whole);
    const place = model("a", { "tokenizer.json": "{}", "onnx/model.onnx": "x" });
    symlinkSync(path.join(folder, "bundled/config.json"), path.join(place, "config.json"));
    await choose("none");
    expect(rows.find(({ label }) => label === "a")?.detail).toMatch(/^config\.json is a link that leads out of/);
  });

  it("writes a model of the project as a path of the project, any other into the person's own settings", async () => {
    model("bundled", whole);
    model("a", whole);
    await choose("a");
    expect(workspace.written).toEqual([["model.path", "a", 2]]);
    workspace.written = [];
    const elsewhere = mkdtempSync(path.join(tmpdir(), "explain-elsewhere-"));
    await choose(path.basename(elsewhere), [elsewhere]);
    rmSync(elsewhere, { recursive: true });
    expect(workspace.written).toEqual([["model.path", elsewhere, 1]]);
    workspace.written = [];
    await choose("bundled");
    expect(workspace.written).toEqual([["model.path", undefined, 1]]);
  });

  it("refuses a broken folder when it is chosen, and leaves the settings as they are", async () => {
    model("bundled", whole);
    model("a", whole);
    describeModel = () => Promise.reject(new ExplainError("model-file-corrupt", "model.onnx is damaged."));
    await expect(choose("a")).rejects.toThrow("model.onnx is damaged.");
    expect(workspace.written).toEqual([]);
  });
});

describe("pathInWorkspace", () => {
  it("is relative with forward slashes inside, and nothing outside", () => {
    expect(pathInWorkspace("/project/models/a", "/project")).toBe("models/a");
    expect(pathInWorkspace("/project", "/project")).toBe(".");
    expect(pathInWorkspace("/project/..a", "/project")).toBe("..a");
    expect(pathInWorkspace("/projects/a", "/project")).toBeNull();
    expect(pathInWorkspace("/project/a", undefined)).toBeNull();
  });
});
