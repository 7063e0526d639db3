import { closeSync, lstatSync, readdirSync, readSync } from "node:fs";
import { join, posix } from "node:path";
import type { ModelFile, Precision } from "../common/model";
import { elementTypes } from "../graph/elementType";
import { isCheckpoint, shardsOf } from "./checkpoint/checkpointFiles";
import { readSafetensors } from "./checkpoint/safetensors";
import { fileSetOf } from "./fileSet";
import { configuredPrecision, namedPrecision } from "./namedPrecision";
import { pathInFolder } from "./pathInFolder";
import { openPlain } from "./plainFile";
import { storedPrecision } from "./storedPrecision";

/** What is known of a folder before any file of its models was read. */
export interface ListedFiles {
  readonly directory: string;
  /** All files that hold a model or a part of one, relative, the usual one first. */
  readonly files: readonly string[];
  /** `config.json`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The files of a folder that a model can be computed by, each for itself: halves and what only goes on with texts are left out, and so is what cannot be looked at. No weights are read. */
export function modelChoices({ directory, files, settings }: ListedFiles): ModelFile[] {
  return files.flatMap((file) => {
    try {
      if (isCheckpoint(file)) {
        const shards = shardsOf(directory, file);
        const precision = checkpointPrecision(directory, shards[0] ?? file) ?? configuredPrecision(settings);
        return [{ file, bytes: sizes(directory, shards), precision }];
      }
      if (fileSetOf(file, files, settings.is_encoder_decoder === true).file !== file) {
        return [];
      }
      const precision = storedPrecision(pathInFolder(directory, file, "model")) ?? namedPrecision(file);
      return [{ file, bytes: sizes(directory, [file, ...weightsBeside(directory, file)]), precision }];
    } catch {
      return [];
    }
  });
}

function sizes(directory: string, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + lstatSync(pathInFolder(directory, file, "weights")).size, 0);
}

/** The weights that exporters put beside a file and name after it: `model.onnx_data`, `model.onnx.data`. */
function weightsBeside(directory: string, file: string): string[] {
  const name = posix.basename(file);
  const folder = posix.dirname(file);
  return readdirSync(join(directory, folder))
    .filter((other) => other.startsWith(name) && /^[._]data/.test(other.slice(name.length)))
    .map((other) => posix.join(folder, other));
}

const floats: ReadonlyMap<number | string, Precision> = new Map([
  [elementTypes.float32, "fp32"],
  [elementTypes.float16, "fp16"],
  [elementTypes.bfloat16, "bf16"],
]);

/** In what numbers most weights of a checkpoint's file are stored, by its header. */
function checkpointPrecision(directory: string, file: string): Precision | null {
  const { descriptor, stats } = openPlain(pathInFolder(directory, file, "weights"));
  try {
    const bytes = new Map<Precision | undefined, number>();
    const read = (offset: number, length: number): Buffer => {
      const run = Buffer.alloc(length);
      return run.subarray(0, readSync(descriptor, run, 0, length, offset));
    };
    for (const { dataType, length } of readSafetensors(file, stats.size, read).values()) {
      const precision = floats.get(dataType);
      bytes.set(precision, (bytes.get(precision) ?? 0) + length);
    }
    const [most] = [...bytes].sort(([, a], [, b]) => b - a);
    return most?.[0] ?? null;
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}
