import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import type { ModelParts } from "../../../src/editor/modelParts";
import { english } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));

/** What the person does: a folder or none, and whether they agree to replace. */
let person: { folder: string | undefined; agrees: boolean };
let shown: string[];
vi.mock("../../../src/editor/surfaces", () => ({
  pickFolder: () => Promise.resolve(person.folder),
  confirmAction: () => Promise.resolve(person.agrees),
  showBriefly: (words: string) => shown.push(words),
  showProgress: async (title: string, _: () => void, task: (report: (words: string) => void) => Promise<void>) => {
    shown.push(title);
    await task((words) => shown.push(words));
  },
}));
const { saveAsOnnx } = await import("../../../src/editor/saveAsOnnx");

const root = mkdtempSync(join(tmpdir(), "save-as-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let asked: unknown[];
const model = { directory: "/models/tiny", file: null };
const parts = {
  translate: english,
  engine: {
    save: (params: unknown, _: AbortSignal, report: (progress: { done: number; total: number }) => void) => {
      asked.push(params);
      report({ done: 2e6, total: 4e6 });
      return Promise.resolve(4e6);
    },
  },
} as unknown as ModelParts;

beforeEach(() => {
  person = { folder: mkdtempSync(join(root, "place-")), agrees: true };
  [asked, shown] = [[], []];
});

describe("saving as ONNX in the editor", () => {
  it("saves into the folder that was chosen, and says how far it is and where it is", async () => {
    await saveAsOnnx(parts, model);
    const output = join(person.folder ?? "", "tiny-onnx");
    expect(asked).toEqual([{ model, output, isReplacing: false }]);
    expect(shown).toEqual(["Saving tiny as ONNX", "2.0 MB of 4.0 MB", expect.stringMatching(/^Saved: .*tiny-onnx$/)]);
  });

  it("replaces what is there only when the person agrees, and does nothing without a folder", async () => {
    const output = join(person.folder ?? "", "tiny-onnx");
    mkdirSync(output);
    person.agrees = false;
    await saveAsOnnx(parts, model);
    expect([asked, existsSync(output)]).toEqual([[], true]);
    person.agrees = true;
    await saveAsOnnx(parts, model);
    expect(asked).toEqual([{ model, output, isReplacing: true }]);
    person.folder = undefined;
    await saveAsOnnx(parts, model);
    expect(asked).toHaveLength(1);
  });

  it("throws what the engine throws", async () => {
    const failing = { save: () => Promise.reject(new ExplainError("disk-full", "Full.")) };
    await expect(saveAsOnnx({ ...parts, engine: failing } as unknown as ModelParts, model)).rejects.toMatchObject({
      reason: "disk-full",
    });
    expect(shown).toEqual(["Saving tiny as ONNX"]);
  });
});
