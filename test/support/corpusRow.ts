import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { RowInside } from "../../src/engine/insideTarget";
import { type LoadedModel, loadModel } from "../../src/engine/loadedModel";
import { Memory } from "../../src/engine/memory";
import { openModelFolder } from "../../src/models/folder";
import { type CorpusFile, corpusModel, type GoldenCase, storedFloats } from "./corpus";
import { writeTinyFolder } from "./tinyModel";

/** Runs `work` with a model of the corpus, loaded as the product loads it. */
export async function withCorpusModel<T>(file: CorpusFile, work: (model: LoadedModel) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "explain-test-"));
  try {
    writeTinyFolder(folder);
    writeFileSync(path.join(folder, "model.onnx"), corpusModel(file));
    const opened = await openModelFolder({ directory: folder, file: null });
    const share = { memory: new Memory(2 ** 30, () => []), makeRoom: async () => undefined, reserve: () => undefined };
    const model = await loadModel(opened, 1, share);
    try {
      return await work(model);
    } finally {
      await model.release();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of a case, which is one row without padding, inside a model; what is explained is the case's mix of logits. */
export function rowInside(
  model: LoadedModel,
  { inputs, seeds }: GoldenCase,
  signal = new AbortController().signal,
): RowInside {
  const numbers = (name: string): Int32Array => {
    const rows = inputs[name];
    return Int32Array.from(Array.isArray(rows) ? (rows[0] ?? []) : []);
  };
  const ids = numbers("input_ids");
  const kinds = numbers("token_type_ids");
  const reads = seeds.mix ? Array.from(storedFloats(seeds.mix), (weight, index) => ({ index, weight })) : [];
  const target = { reads };
  return new RowInside(
    { ids, segments: kinds.length > 0 ? kinds : new Int32Array(ids.length) },
    { model, target, signal },
  );
}
