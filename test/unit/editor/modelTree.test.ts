import { beforeEach, describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { FoundModel, ModelReference } from "../../../src/common/model";
import type { ModelNode } from "../../../src/editor/modelTree";
import { FakeMemento } from "./fakeVscode";
import { english } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { ModelTree, nodeReference } = await import("../../../src/editor/modelTree");

const model = (change: Partial<FoundModel>): FoundModel => ({
  id: "one",
  directory: "/work/one",
  source: "workspace",
  title: "In this workspace",
  removable: false,
  training: null,
  file: "onnx/model.onnx",
  bytes: 1000,
  files: [{ file: "onnx/model.onnx", bytes: 1000, precision: "fp32" }],
  architecture: "bert",
  layers: 2,
  heads: 4,
  task: "text-classification",
  gives: "softmax",
  labels: ["a", "b"],
  labelCount: 2,
  problem: null,
  ...change,
});

let current: ModelReference;
let found: readonly FoundModel[];

const tree = () =>
  new ModelTree({
    bundled: "/bundled",
    current: () => current,
    workspaceFolder: () => "/work",
    engine: { request: () => Promise.resolve(found) } as never,
    memory: new FakeMemento() as unknown as vscode.Memento,
    translate: english,
  });

/** The rows below a row as label, description and what menus know them by, with those below them. */
async function rows(of: ModelNode | undefined = undefined): Promise<unknown[]> {
  const shown = tree();
  const children = await shown.children(of);
  return Promise.all(
    children.map(async (node) => {
      const { label, description = "", contextValue } = shown.item(node);
      const below = await rows(node);
      return [`${label}`, description, contextValue, ...(below.length > 0 ? [below] : [])];
    }),
  );
}

beforeEach(() => {
  current = { directory: "/bundled", file: null };
});

describe("the view of models", () => {
  it("has the steps of a training below it, in their order, and files below a model that has several", async () => {
    const step = (number: number | null) =>
      model({
        id: `run/${number}`,
        directory: number === null ? "/work/run" : `/work/run/checkpoint-${number}`,
        training: { directory: "/work/run", step: number },
      });
    const files = [
      { file: "onnx/model.onnx", bytes: 4000, precision: "fp32" },
      { file: "onnx/model_int8.onnx", bytes: 1000, precision: "int8" },
    ] as const;
    const hub = { source: "hub-cache", title: "Model hub cache", removable: true };
    found = [step(1000), step(null), step(500), model({ id: "org/two", directory: "/hub/two", files, ...hub })];
    current = { directory: "/hub/two", file: "onnx/model_int8.onnx" };
    expect(await rows()).toEqual([
      [
        "In this workspace",
        "",
        "section",
        [
          [
            "run",
            "3 training steps · 500 – 1,000",
            "training",
            [
              ["Step 500", "bert · fp32 · 1.0 kB", "model"],
              ["Step 1,000", "bert · fp32 · 1.0 kB", "model"],
              ["Saved last", "bert · fp32 · 1.0 kB", "model"],
            ],
          ],
        ],
      ],
      [
        "Model hub cache",
        "",
        "section",
        [
          [
            "org/two",
            "bert · 2 files – in use",
            "model several download",
            [
              ["model.onnx", "fp32 · 4.0 kB", "file"],
              ["model_int8.onnx", "int8 · 1.0 kB – in use", "file"],
            ],
          ],
        ],
      ],
    ]);
  });

  it("lets menus know what a checkpoint is, and which file is one", async () => {
    const files = [
      { file: "onnx/model.onnx", bytes: 4000, precision: "fp32" },
      { file: "model.safetensors", bytes: 4000, precision: null },
    ] as const;
    const alone = { file: "model.safetensors", files: files.slice(1) };
    found = [model({ id: "alone", ...alone }), model({ id: "both", directory: "/work/both", files })];
    expect(await rows()).toMatchObject([
      [
        "In this workspace",
        "",
        "section",
        [
          ["alone", expect.any(String), "model checkpoint"],
          [
            "both",
            expect.any(String),
            "model several",
            [
              ["model.onnx", expect.any(String), "file"],
              ["model.safetensors", expect.any(String), "file checkpoint"],
            ],
          ],
        ],
      ],
    ]);
  });

  it("says why a folder cannot be used, last of all, with a stranger's words inert", async () => {
    const message = { template: "There is no tokenizer.json in {0}.", args: ["$(zap) [x](command:y)"] };
    found = [model({ id: "$(zap)", files: [], problem: { reason: "model-missing", message } }), model({})];
    const [, broken] = await rows();
    expect(broken).toEqual([
      "Cannot be used",
      "",
      "section",
      [["$ (zap)", "There is no tokenizer.json in $ (zap) [x] (command:y).", "broken"]],
    ]);
  });

  it("names a folder, and a file where it is not the usual one", () => {
    const files = [
      { file: "a.onnx", bytes: 1, precision: null },
      { file: "b.onnx", bytes: 1, precision: null },
    ] as const;
    const several = model({ files });
    expect(nodeReference({ kind: "file", model: several, file: files[0] })).toMatchObject({ file: null });
    expect(nodeReference({ kind: "file", model: several, file: files[1] })).toMatchObject({ file: "b.onnx" });
    expect(nodeReference({ kind: "section", title: "x", entries: [] })).toBeUndefined();
  });
});
