import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { checkpointGolden, safetensorsFile } from "./checkpointCorpus";
import { corpusFiles, corpusFolder, corpusModel } from "./corpus";
import { writeTinyFolder } from "./tinyModel";

const tiny = { special: true } as const;

/** A folder as exporters leave it: one small BERT in several files, whose numbers are stored in different ways. */
export function writeSeveralFiles(folder: string): string {
  mkdirSync(path.join(folder, "onnx"), { recursive: true });
  const built = { model_type: "bert", num_hidden_layers: 2, num_attention_heads: 2, hidden_size: 16 };
  writeTinyFolder(folder, tiny, { ...built, id2label: { 0: "bad", 1: "fair", 2: "good" } });
  const files = corpusFiles(path.join(corpusFolder, "models"));
  for (const [variant, name] of [
    ["fp32", "model"],
    ["fp16", "model_fp16"],
    ["int8", "model_int8"],
    ["int4", "model_q4"],
  ] as const) {
    const file = files.find(({ label }) => label === `bert.eager.ts17.${variant}`);
    if (!file) {
      throw new Error(`There is no ${variant} in the corpus.`);
    }
    writeFileSync(path.join(folder, "onnx", `${name}.onnx`), corpusModel(file));
  }
  return folder;
}

/** A trainer's folder: a checkpoint for each step, whose weights drift away from those of the first. */
export function writeTraining(folder: string, steps: readonly number[]): string {
  const { config, tensors } = checkpointGolden("bert.classes");
  for (const step of steps) {
    const place = path.join(folder, `checkpoint-${step}`);
    mkdirSync(place, { recursive: true });
    writeTinyFolder(place, tiny, { ...config, id2label: { 0: "bad", 1: "fair", 2: "good" } });
    writeFileSync(
      path.join(place, "model.safetensors"),
      safetensorsFile(tensors, "F32", (name, dims) => numbers(name, dims, step)),
    );
  }
  return folder;
}

/** Numbers that look random, made of a tensor's name and a step. */
function numbers(name: string, dims: readonly number[], step: number): Float32Array {
  const isNorm = dims.length === 1 && name.endsWith("weight");
  const start = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  const count = dims.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, (_, at) => {
    const value = 0.3 * Math.sin(start + 7.3 * at) + (step / 5000) * Math.cos(start + 3.1 * at);
    return isNorm ? 1 + value / 4 : value;
  });
}
