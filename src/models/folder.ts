import { existsSync, lstatSync, type Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import { modelName } from "../common/modelName";
import type { Task } from "../common/task";
import { type AdapterFolder, configWith, findAdapter } from "./adapter/adapterFolder";
import { adapterWeightsFile } from "./adapter/adapterSettings";
import { checkpointNames, isCheckpoint, shardsOf, withoutModel } from "./checkpoint/checkpointFiles";
import { type ModelConfig, readModelConfig } from "./config";
import { fileSetOf, usualFirst } from "./fileSet";
import { type GenerationConfig, readGenerationConfig } from "./generationConfig";
import { pathInFolder } from "./pathInFolder";
import { isMissing } from "./plainFile";
import { type JsonObject, readJsonObject, readTextFile } from "./readJson";
import { bodyConfig, readSentenceModules } from "./sentenceModules";
import { readLegacyTokenizer } from "./tokenizers/legacyTokenizer";
import { vocabularyFiles } from "./tokenizers/tokenizerFiles";
import { withoutConfig } from "./withoutConfig";

/** A file of a model's folder, relative, with its size and last change when it was first looked at. */
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
  /** The folder of the model's files, without symbolic links in its path: with an adapter, that of the model it was trained on. */
  readonly directory: string;
  /** The adapter that is merged with the model, and its weights; `null` in most folders. */
  readonly adapter: (AdapterFolder & { readonly weights: DatedModelFile }) | null;
  /** The chosen `.onnx` file, relative, with forward slashes; of an encoder and a decoder the latter. Of a checkpoint `model.safetensors`, or the index of its shards. */
  readonly file: string;
  /** The encoder's file, where that is another one. */
  readonly encoder: DatedModelFile | null;
  /** The file that goes on from keys and values of earlier tokens, relative, where that is another one. */
  readonly withPast: string | null;
  /** The files that a checkpoint's weights are split into, where {@link file} lists them. */
  readonly shards: readonly DatedModelFile[];
  /** All `.onnx` files, relative, the usual one first, and the checkpoint. */
  readonly files: readonly string[];
  /** Size of the chosen file. */
  readonly bytes: number;
  /** Last change of the chosen file, milliseconds since 1970. */
  readonly modified: number;
  readonly config: ModelConfig;
  /** All of config.json, unchecked. */
  readonly settings: JsonObject;
  /** How its files want texts generated. */
  readonly generation: GenerationConfig;
  /** The task that it was opened for; `null` for the usual one. */
  readonly task: Task | null;
  /** The folder of the tokenizer's files, without symbolic links: an adapter's own where it has them. */
  readonly texts: string;
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject | undefined;
  /** The chat template where it has a file of its own, `chat_template.jinja`. */
  readonly chatTemplate: string | undefined;
}

/** The files that a model is computed by, the encoder first. */
export function modelFilesOf({ file, bytes, modified, encoder, shards }: ModelFolder): readonly DatedModelFile[] {
  return [...(encoder ? [encoder] : []), { file, bytes, modified }, ...shards];
}

/** Size of {@link modelFilesOf} together, and of an adapter. */
export function modelBytesOf(folder: ModelFolder): number {
  return modelFilesOf(folder).reduce((sum, { bytes }) => sum + bytes, folder.adapter?.weights.bytes ?? 0);
}

const maximumConfigBytes = 8 * 2 ** 20;
/** The largest known has 33 MB. */
const maximumTokenizerBytes = 48 * 2 ** 20;
/** Protocol buffers end at 2 GiB; larger models keep their weights in a file of their own. */
const maximumModelBytes = 2 ** 31 - 1;
/** A file of a checkpoint is read tensor by tensor. */
const maximumCheckpointBytes = 2 ** 37;

/**
 * Opens a model's folder, for one of its tasks or the usual one, in the layout of a model hub: `config.json`, `tokenizer.json` or the older files of a tokenizer, and `.onnx` files in it or in `onnx/`, or a checkpoint in safetensors files.
 * Throws an {@link ExplainError} with one sentence for everything that can be missing, damaged or outside the folder.
 */
export async function openModelFolder(reference: ModelReference, task: Task | null = null): Promise<ModelFolder> {
  const own = await realDirectory(reference.directory);
  const adapter = reference.file?.endsWith(".onnx") ? null : await findAdapter(own);
  const directory = adapter?.base ?? own;
  const shipped = readJsonObject(directory, "config.json", maximumConfigBytes, "model-file-corrupt");
  if (!shipped) {
    throw await withoutConfig(directory);
  }
  const adapted = adapter ? configWith(adapter, shipped) : shipped;
  const files = (await listModelFiles(directory)).filter((file) => adapter === null || isCheckpoint(file));
  const chosen = chooseFile(reference, files);
  const { file, encoder, withPast } = fileSetOf(chosen, files, adapted.is_encoder_decoder === true);
  const sentence = readSentenceModules(directory);
  const config = sentence && isCheckpoint(file) ? bodyConfig(adapted) : adapted;
  const { bytes, modified } = datedFile(directory, file);
  const texts = vocabularyFiles.some((name) => existsSync(join(own, name))) ? own : directory;
  const tokenizerConfig = readJsonObject(texts, "tokenizer_config.json", maximumConfigBytes, "tokenizer-corrupt");
  const modelConfig = readModelConfig(config, { tokenizerConfig, sentence });
  const generation = readJsonObject(directory, "generation_config.json", maximumConfigBytes, "model-file-corrupt");
  const tokenizer = readJsonObject(texts, "tokenizer.json", maximumTokenizerBytes, "tokenizer-corrupt");
  return {
    id: cleanName(modelName(own)),
    reference,
    directory,
    adapter: adapter && { ...adapter, weights: datedFile(own, adapterWeightsFile, "weights") },
    file,
    encoder: encoder === null ? null : datedFile(directory, encoder),
    withPast,
    shards: isCheckpoint(file)
      ? shardsOf(directory, file)
          .filter((name) => name !== file)
          .map((name) => datedFile(directory, name, "weights"))
      : [],
    files,
    bytes,
    modified,
    config: modelConfig,
    settings: config,
    generation: readGenerationConfig(generation, config),
    task,
    texts,
    ...(tokenizer ? { tokenizer, tokenizerConfig } : readLegacyTokenizer(texts, config, tokenizerConfig)),
    chatTemplate: readTextFile(texts, "chat_template.jinja", maximumConfigBytes, "tokenizer-corrupt"),
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

/** The `.onnx` files of a folder and of its `onnx/` folder, relative with forward slashes, the usual one first, and the checkpoint. Throws where there is none of them. */
async function listModelFiles(directory: string): Promise<string[]> {
  const own = await namesIn(directory, directory);
  const inner = own.includes("onnx") ? await namesIn(pathInFolder(directory, "onnx", "description"), "onnx/") : [];
  const found = [...own, ...inner.map((name) => `onnx/${name}`)].filter((name) => name.toLowerCase().endsWith(".onnx"));
  const files = [...usualFirst(found), ...checkpointNames.filter((name) => own.includes(name)).slice(0, 1)];
  if (files.length === 0) {
    throw withoutModel(directory, own);
  }
  return files;
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

function chooseFile(reference: ModelReference, files: readonly string[]): string {
  return reference.file?.split(sep).join("/") ?? files[0] ?? "";
}

function datedFile(directory: string, file: string, kind: "model" | "weights" = "model"): DatedModelFile {
  const { size, mtimeMs } = statModel(pathInFolder(directory, file, kind), file);
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
  if (stats.size > (file.endsWith(".onnx") ? maximumModelBytes : maximumCheckpointBytes)) {
    throw new ExplainError(
      "model-unsupported",
      "{0} is larger than 2 GB. Export the model with its weights in a separate file.",
      file,
    );
  }
  return stats;
}
