import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { type Batch, corpusFolder, type StoredFloats } from "./corpus";

const folder = path.join(corpusFolder, "tasks");

/** What torch computes for a model that answers for tokens; see `test/corpus/tasks.py`. */
export interface GoldenPlaces extends Batch {
  readonly outputs: readonly string[];
  /** row · tokens + position. */
  readonly places: readonly number[];
  /** [places, width]. */
  readonly logits: StoredFloats;
  /** Directions in these logits, and the gradients of each with respect to looked-up words. */
  readonly targets: Readonly<Record<string, { readonly seed: StoredFloats; readonly gradient: StoredFloats }>>;
}

/** The names of all files, `<task>.<architecture>.<export>`. */
export function tasksFiles(): string[] {
  const ending = ".onnx.gz";
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

/** The bytes of a model. */
export function tasksModel(name: string): Uint8Array {
  return gunzipSync(readFileSync(path.join(folder, `${name}.onnx.gz`)));
}

/** What torch computes with it. */
export function tasksGolden(name: string): GoldenPlaces {
  return JSON.parse(readFileSync(path.join(folder, `${name.split(".").slice(0, 2).join(".")}.json`), "utf8"));
}
