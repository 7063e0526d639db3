import type { ModelFolder } from "../folder";
import { isJsonObject, type JsonObject, readBytes, readJson } from "../readJson";
import { transformerConfigs } from "../sentenceModules";
import { tokenizerFiles } from "../tokenizers/tokenizerFiles";

const mostBytes = 48 * 2 ** 20;
/** Files beside a model that are taken along as they are. */
const besideModel = [
  "generation_config.json",
  "modules.json",
  ...transformerConfigs,
  "config_sentence_transformers.json",
  "README.md",
  "LICENSE",
];

/** Whether a path below a saved model's folder, with `/` between its parts, is one of those that are written here. */
export function isSavedPath(path: string): boolean {
  const names: readonly string[] = ["config.json", "chat_template.jinja", "onnx", ...besideModel, ...tokenizerFiles];
  return (
    names.includes(path) || /^(?:[\w-]+_Pooling(?:\/config\.json)?|onnx\/(?:\w+_)?model\.onnx(?:_data)?)$/.test(path)
  );
}

/** The files of a saved model beside the graph and its weights, by their names: its configuration, its tokenizer and what is said about texts. `hasData`: whether there is a file of weights beside the graph. */
export function sideFiles(folder: ModelFolder, hasData: boolean): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const copy = (directory: string, name: string) => {
    const bytes = readBytes(directory, name, mostBytes, "model-file-corrupt");
    if (bytes) {
      files.set(name, bytes);
    }
  };
  for (const name of [...besideModel, ...poolingFiles(folder.directory)]) {
    copy(folder.directory, name);
  }
  for (const name of [...tokenizerFiles, "chat_template.jinja"]) {
    copy(folder.texts, name);
  }
  files.set("config.json", json(savedConfig(folder.settings, hasData)));
  // Where the folder has older files of a tokenizer, what was made of them; Marian's has no form in tokenizer.json.
  if (!files.has("tokenizer.json") && !files.has("source.spm")) {
    files.set("tokenizer.json", json(folder.tokenizer));
    files.set("tokenizer_config.json", json(folder.tokenizerConfig ?? {}));
  }
  if (!files.has("tokenizer_config.json")) {
    files.set("tokenizer_config.json", json({}));
  }
  return files;
}

/** config.json with what is true of the file that is written: numbers of 32 bits, and, for the JavaScript pipelines, where the weights are. */
function savedConfig(settings: JsonObject, hasData: boolean): JsonObject {
  const key = "transformers.js_config";
  const known = isJsonObject(settings[key]) ? settings[key] : {};
  const types = ["dtype", "torch_dtype"].filter((name) => name in settings).map((name) => [name, "float32"]);
  return {
    ...settings,
    ...Object.fromEntries(types),
    [key]: { ...known, dtype: "fp32", use_external_data_format: hasData },
  };
}

/** The configurations of the modules that `modules.json` lists, such as `1_Pooling/config.json`. */
function poolingFiles(directory: string): string[] {
  const modules = readJson(directory, "modules.json", mostBytes, "model-file-corrupt");
  const paths = Array.isArray(modules) ? modules.map((entry) => (isJsonObject(entry) ? entry.path : undefined)) : [];
  return paths.flatMap((path) =>
    typeof path === "string" && /^[\w-]+_Pooling$/.test(path) ? [`${path}/config.json`] : [],
  );
}

function json(value: JsonObject): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
