import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/engine";
import { createEngine } from "../../src/engine/engine";
import { checkpointGolden } from "../support/checkpointCorpus";
import { writeSeveralFiles, writeTraining } from "../support/modelFolders";

const never = new AbortController().signal;
const folder = mkdtempSync(path.join(tmpdir(), "explain-inspected-"));
let engine: Engine;

beforeAll(() => {
  engine = createEngine();
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true });
});

describe("what a page says of a model", () => {
  it("counts the numbers that transformers saved", async () => {
    const { tensors } = checkpointGolden("bert.classes");
    const saved = Object.values(tensors).reduce((sum, dims) => sum + dims.reduce((a, b) => a * b, 1), 0);
    const directory = path.join(writeTraining(path.join(folder, "run"), [10]), "checkpoint-10");
    const model = await engine.inspectModel({ directory, file: null }, never);
    expect(model).toMatchObject({ architecture: "bert", parameters: saved, drift: null, card: null });
    expect(model.tokenizer).toEqual({ kind: "WordLevel", vocabulary: 15 });
    expect(model.choices).toMatchObject([{ file: "model.safetensors", precision: "fp32" }]);
  });

  it("measures how far a quantised file is from what it gives itself", async () => {
    const directory = writeSeveralFiles(path.join(folder, "several"));
    const whole = await engine.inspectModel({ directory, file: null }, never);
    const int8 = await engine.inspectModel({ directory, file: "onnx/model_int8.onnx" }, never);
    expect(whole.drift).toBeNull();
    expect(int8.drift).toBeGreaterThan(0);
    expect(int8.drift).toBeLessThan(0.5);
    expect(whole.choices.map(({ precision }) => precision)).toEqual(["fp32", "fp16", "int8", "q4"]);
    const about = Math.abs(int8.parameters / whole.parameters - 1);
    expect(about).toBeLessThan(0.05);
  });
});
