import * as os from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { Engine } from "../../../src/editor/engine";
import { settingKeys } from "../../../src/editor/ids";
import { type ModelPattern, settingsFrom } from "../../../src/editor/settings";
import { FakeDocument, Uri, workspace } from "./fakeVscode";

vi.mock("vscode", () => import("./fakeVscode"));
const { modelByPattern, patternOf } = await import("../../../src/editor/modelPatterns");

/** The patterns of the settings, of a workspace and of the person alone. */
function patterns(written: unknown, own: unknown = {}): readonly ModelPattern[] {
  const read = (value: unknown) => (key: string) => (key === settingKeys.modelByPattern ? value : undefined);
  return settingsFrom(read(written), read(own)).modelPatterns;
}

function document(name: string, languageId = "plaintext"): vscode.TextDocument {
  const made = new FakeDocument("");
  made.uri = Uri.file(`/work/${name}`);
  made.languageId = languageId;
  return made as unknown as vscode.TextDocument;
}

const named = (written: Readonly<Record<string, string>>, name: string, language?: string) =>
  patternOf({ modelPatterns: patterns(written) }, document(name, language))?.model;

describe("the model of a document", () => {
  it("is that of the longest pattern that fits its name, then of its language", () => {
    const written = { "[markdown]": "m", "*.md": "any", "*.de.md": "german" };
    expect(named(written, "a/b.de.md", "markdown")).toBe("german");
    expect(named(written, "a/b.md", "markdown")).toBe("any");
    expect(named(written, "a/b.txt", "markdown")).toBe("m");
    expect(named(written, "a/b.txt", "plaintext")).toBeUndefined();
  });

  it("is that of a pattern with a slash from the workspace's folder on", () => {
    workspace.workspaceFolders = [{ uri: Uri.file("/work") }];
    expect(named({ "reviews/**": "r" }, "reviews/deep/a.txt")).toBe("r");
    expect(named({ "reviews/**": "r" }, "other/reviews/a.txt")).toBeUndefined();
    workspace.workspaceFolders = undefined;
  });

  it("is never one of a setting that is no text, and of what is left the rest counts", () => {
    expect(patterns({ "*.a": 1, "*.b": ["x"], "*.c": "", "*.d": "kept" })).toEqual([
      { pattern: "*.d", model: "kept", refused: false },
    ]);
    for (const nothing of [null, "text", 3, ["a"]]) {
      expect(patterns(nothing)).toEqual([]);
    }
  });
});

describe("what a pattern names", () => {
  const asked: string[] = [];
  const engine = {
    request: (_: string, { name }: { name: string }) => {
      asked.push(name);
      return Promise.resolve(`/found/${name}`);
    },
  } as unknown as Pick<Engine, "request">;
  const of = (model: string, refused = false) =>
    modelByPattern(
      { pattern: "*", model, refused },
      { bundled: "/bundled", workspaceFolder: path.resolve("/work"), engine },
    );

  it("is a folder, a file of one, or the name of a model that is searched", async () => {
    expect(await of("./models/a")).toEqual({ directory: path.resolve("/work/models/a"), file: null });
    expect(await of("~/a")).toEqual({ directory: path.join(os.homedir(), "a"), file: null });
    expect(await of("models/a/onnx/model_int8.onnx")).toEqual({
      directory: path.resolve("/work/models/a"),
      file: "onnx/model_int8.onnx",
    });
    expect(await of("models/a/model.safetensors")).toMatchObject({ file: "model.safetensors" });
    expect(asked).toEqual([]);
    expect(await of("some/name")).toEqual({ directory: "/found/some/name", file: null });
    expect(asked).toEqual(["some/name"]);
  });

  it("is on another computer only where the person's own settings say the same", async () => {
    const there = "//host/share/model";
    const [fromWorkspace] = patterns({ "*.md": there });
    const [fromPerson] = patterns({ "*.md": there }, { "*.md": there });
    expect([fromWorkspace?.refused, fromPerson?.refused]).toEqual([true, false]);
    await expect(of(there, true)).rejects.toMatchObject({ reason: "model-file-unsafe" });
  });
});
