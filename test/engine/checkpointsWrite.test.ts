import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkpointGolden, checkpointNames, safetensorsFile } from "../support/checkpointCorpus";
import { writeNumberedWords } from "../support/seq2seq";
import { programs } from "./bundles";
import { run } from "./commandLine";

const root = mkdtempSync(join(tmpdir(), "checkpoints-write-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The tokens that a checkpoint's folder writes for the first text of its golden file, by the command line. */
async function written(name: string): Promise<readonly number[]> {
  const { config, tensors, inputs } = checkpointGolden(name);
  const directory = mkdtempSync(join(root, "model-"));
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  writeFileSync(join(directory, "model.safetensors"), safetensorsFile(tensors, "F32"));
  writeNumberedWords(directory);
  const text = (inputs.input_ids?.[0] ?? []).map((id) => `t${id}`).join(" ");
  const flags = ["--generate", "6", "--method", "attention", "--format", "json", "--model", directory];
  const { out, err, status } = await run(programs.commandLine, [text, ...flags], "");
  expect([status, err]).toEqual([0, ""]);
  return JSON.parse(out).prediction.steps.map(({ id }: { id: number }) => id);
}

describe("checkpoints of an encoder and a decoder write what transformers writes", () => {
  it.each(checkpointNames().filter((name) => checkpointGolden(name).written))("%s", async (name) => {
    expect(await written(name)).toEqual(checkpointGolden(name).written);
  });
});
