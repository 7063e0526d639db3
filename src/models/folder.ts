import { lstatSync, type Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, resolve, sep } from "node:path";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import type { Task } from "../common/task";
import { type ModelConfig, readModelConfig, wrongTask } from "./config";
import { fileSetOf, usualFirst } from "./fileSet";
import { type GenerationConfig, readGenerationConfig } from "./generationConfig";
import { pathInFolder } from "./pathInFolder";
import { isMissing } from "./plainFile";
import { type JsonObject, readJsonObject, readTextFile } from "./readJson";
import { readSentenceModules } from "./sentenceModules";

/** An `.onnx` file of a model's folder, relative, with its size and last change when it was first looked at. */
export interface DatedModelFile {
  readonly file: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A model's folder after its files were found and its configuration was checked; nothing large has been read yet. */
export interface ModelFolder {
  /** The folder's name, which people know the model by, as it may be shown. */
  readonly id: string;
  readonly reference: ModelReference;
  /** The folder without symbolic links in its path. */
  readonly directory: string;
  /** The chosen `.onnx` file, relative, with forward slashes; of an encoder and a decoder the latter. */
  readonly file: string;
  /** The encoder's file, where that is another one. */
  readonly encoder: DatedModelFile | null;
  /** The file that goes on from keys and values of earlier tokens, relative, where that is another one. */
  readonly withPast: string | null;
  /** All `.onnx` files, relative, the usual one first. */
  readonly files: readonly string[];
  /** Size of the chosen file. */
  readonly bytes: number;
  /** Last change of the chosen file, milliseconds since 1970. */
  readonly modified: number;
  readonly config: ModelConfig;
  /** How its files want texts generated. */
  readonly generation: GenerationConfig;
  /** The task that it was opened for; `null` for the usual one. */
  readonly task: Task | null;
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject | undefined;
  /** The chat template where it has a file of its own, `chat_template.jinja`. */
  readonly chatTemplate: string | undefined;
}

/** The `.onnx` files that a model is computed by, the encoder first. */
export function onnxFiles({ file, bytes, modified, encoder }: ModelFolder): readonly DatedModelFile[] {
  return [...(encoder ? [encoder] : []), { file, bytes, modified }];
}

/** Size of {@link onnxFiles} together. */
export function onnxBytes(folder: ModelFolder): number {
  return onnxFiles(folder).reduce((sum, { bytes }) => sum + bytes, 0);
}

const maximumConfigBytes = 8 * 2 ** 20;
/** The largest known has 33 MB. */
const maximumTokenizerBytes = 48 * 2 ** 20;
/** Protocol buffers end at 2 GiB; larger models keep their weights in a file of their own. */
const maximumModelBytes = 2 ** 31 - 1;

/**
 * Opens a model's folder, for one of its tasks or the usual one, in the layout of a model hub: `config.json`, `tokenizer.json` and `.onnx` files in it or in `onnx/`.
 * Throws an {@link ExplainError} with one sentence for everything that can be missing, damaged or outside the folder.
 */
export async function openModelFolder(reference: ModelReference, task: Task | null = null): Promise<ModelFolder> {
  const directory = await realDirectory(reference.directory);
  const config = readJsonObject(directory, "config.json", maximumConfigBytes, "model-file-corrupt");
  if (!config) {
    throw new ExplainError(
      "model-missing",
      "There is no config.json in {0}. Choose the folder that holds the model's config.json.",
      directory,
    );
  }
  const files = await listModelFiles(directory);
  const chosen = chooseFile(reference, directory, files);
  const { file, encoder, withPast } = fileSetOf(chosen, files, config.is_encoder_decoder === true);
  const { bytes, modified } = datedFile(directory, file);
  const tokenizerConfig = readJsonObject(directory, "tokenizer_config.json", maximumConfigBytes, "tokenizer-corrupt");
  const modelConfig = readModelConfig(config, { tokenizerConfig, sentence: readSentenceModules(directory) });
  if (task !== null && !modelConfig.tasks.includes(task)) {
    throw wrongTask(task, modelConfig.tasks);
  }
  const generation = readJsonObject(directory, "generation_config.json", maximumConfigBytes, "model-file-corrupt");
  const tokenizer = readJsonObject(directory, "tokenizer.json", maximumTokenizerBytes, "tokenizer-corrupt");
  if (!tokenizer) {
    throw new ExplainError(
      "model-missing",
      "There is no tokenizer.json in {0}. Copy the model's into the folder or make it in Python: transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(folder).",
      directory,
    );
  }
  return {
    id: cleanName(basename(directory)) || "/",
    reference,
    directory,
    file,
    encoder: encoder === null ? null : datedFile(directory, encoder),
    withPast,
    files,
    bytes,
    modified,
    config: modelConfig,
    generation: readGenerationConfig(generation, config),
    task,
    tokenizer,
    tokenizerConfig,
    chatTemplate: readTextFile(directory, "chat_template.jinja", maximumConfigBytes, "tokenizer-corrupt"),
  };
}

async function realDirectory(directory: string): Promise<string> {
  try {
    const real = await realpath(resolve(directory));
    if ((await stat(real)).isDirectory()) {
      return real;
    }
  } catch (error) {
    if (!isMissing(error)) {
      throw new ExplainError("model-missing", "The model folder {0} cannot be opened.", directory);
    }
  }
  throw new ExplainError("model-missing", "There is no model folder at {0}. Choose another model.", directory);
}

/** The `.onnx` files of a folder and of its `onnx/` folder, relative with forward slashes, the usual one first. */
async function listModelFiles(directory: string): Promise<string[]> {
  const own = await namesIn(directory, directory);
  const inner = own.includes("onnx") ? await namesIn(pathInFolder(directory, "onnx", "description"), "onnx/") : [];
  const found = [...own, ...inner.map((name) => `onnx/${name}`)].filter((name) => name.toLowerCase().endsWith(".onnx"));
  return usualFirst(found);
}

async function namesIn(folder: string, shown: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    throw new ExplainError(
      "model-file-corrupt",
      "The folder {0} cannot be read. Check its permissions and that it is a folder.",
      shown,
    );
  }
}

function chooseFile(reference: ModelReference, directory: string, files: readonly string[]): string {
  if (reference.file !== null) {
    return reference.file.split(sep).join("/");
  }
  const first = files[0];
  if (first === undefined) {
    throw new ExplainError(
      "model-missing",
      "There is no .onnx file in {0}. Export the model to ONNX or choose another folder.",
      directory,
    );
  }
  return first;
}

function datedFile(directory: string, file: string): DatedModelFile {
  const { size, mtimeMs } = statModel(pathInFolder(directory, file, "model"), file);
  return { file, bytes: size, modified: mtimeMs };
}

function statModel(path: string, file: string): Stats {
  const stats = lstatSync(path);
  if (!stats.isFile()) {
    throw new ExplainError("model-missing", "{0} is not a file. Choose one of the folder's .onnx files.", file);
  }
  if (stats.size === 0) {
    throw new ExplainError("model-file-corrupt", "{0} is empty. Download the model again.", file);
  }
  if (stats.size > maximumModelBytes) {
    throw new ExplainError(
      "model-unsupported",
      "{0} is larger than 2 GB. Export the model with its weights in a separate file.",
      file,
    );
  }
  return stats;
}
