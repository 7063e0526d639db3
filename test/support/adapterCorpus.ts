import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckpointGolden, safetensorsFile } from "./checkpointCorpus";
import { corpusFolder } from "./corpus";

const folder = join(corpusFolder, "adapters");

/** What torch computes with a checkpoint that an adapter was merged with; see test/corpus/adapters/make.py. */
export interface AdapterGolden extends Pick<CheckpointGolden, "config" | "tensors" | "inputs" | "outputs"> {
  readonly adapterConfig: Readonly<Record<string, unknown>>;
  readonly adapterTensors: CheckpointGolden["tensors"];
}

/** The names of all adapters: architecture and head. */
export function adapterNames(): readonly string[] {
  return readdirSync(folder).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []));
}

/** What torch computes with the adapter of a name. */
export function adapterGolden(name: string): AdapterGolden {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
}

/** Writes the checkpoint and the adapter of a golden file into two folders, which may be one. */
export function writeAdapter(golden: AdapterGolden, base: string, own: string): void {
  for (const directory of [base, own]) {
    mkdirSync(directory, { recursive: true });
  }
  writeFileSync(join(base, "config.json"), JSON.stringify(golden.config));
  writeFileSync(join(base, "model.safetensors"), safetensorsFile(golden.tensors, "F32"));
  writeFileSync(join(own, "adapter_config.json"), JSON.stringify(golden.adapterConfig));
  writeFileSync(join(own, "adapter_model.safetensors"), safetensorsFile(golden.adapterTensors, "F32"));
}
