import { ExplainError } from "../common/errors";
import { fileSetOf, usualFirst } from "../models/fileSet";
import { transformerConfigs } from "../models/sentenceModules";
import type { HubFile, HubModel } from "./hubModel";
import { isSafePath } from "./safePath";

/** One way to have a model: its weights in one precision, and what is needed beside them. */
export interface Variant {
  /** How its numbers are stored, as files say it: `fp32`, `fp16`, `int8`, `q4` … */
  readonly precision: string;
  readonly kind: "onnx" | "safetensors";
  /** The file that a person knows it by: the `.onnx` file that answers, or the weights. */
  readonly file: string;
  /** All that is to be downloaded. */
  readonly files: readonly HubFile[];
  readonly bytes: number;
}

/** What describes a model or its texts, small, and never code. */
const beside = new Set([
  ...transformerConfigs,
  "README.md",
  "added_tokens.json",
  "chat_template.jinja",
  "config.json",
  "config_sentence_transformers.json",
  "generation_config.json",
  "merges.txt",
  "modules.json",
  "sentencepiece.bpe.model",
  "source.spm",
  "special_tokens_map.json",
  "spiece.model",
  "spm.model",
  "target.spm",
  "target_vocab.json",
  "tokenizer.json",
  "tokenizer.model",
  "tokenizer_config.json",
  "vocab.json",
  "vocab.txt",
]);
/** The parts of a sentence embedding model: each has a folder. */
const moduleFile = /^\d+_[A-Za-z]+\/(?:config\.json|model\.safetensors)$/;
/** No description is larger; the vocabulary of the largest tokenizer takes a third of it. */
const mostBesideBytes = 100 * 2 ** 20;

const modelFile = /^(?:onnx\/)?[^/]+\.onnx$/i;
const shard = /^model-\d{5}-of-\d{5}\.safetensors$/;
const pickled = /\.(?:bin|pt|pth|ckpt|pkl|pickle|msgpack|h5)$/i;

/** What files are called by their precision; a name without any is `fp32`. */
const precisions: readonly (readonly [precision: string, ending: RegExp])[] = [
  ["q4f16", /_q4f16$/],
  ["q4", /_q4(?:_\w+)?$/],
  ["q8", /_q8$/],
  ["bnb4", /_bnb4$/],
  ["fp16", /_(?:fp16|float16|o4)$/i],
  ["uint8", /_q?uint8(?:_\w+)?$/i],
  ["int8", /_(?:q?int8(?:_\w+)?|quantized|quant)$/i],
];
const storedAs: Readonly<Record<string, string>> = { F32: "fp32", F16: "fp16", BF16: "bf16", F64: "fp64" };

/**
 * The ways in which a model can be downloaded, the first one usual: its ONNX files, the usual names first, then its safetensors. Pickled files are none. Throws `model-file-unsafe` for names of
 * files that lead elsewhere, `model-unsupported` where there is no way.
 */
export function variantsOf(model: HubModel): Variant[] {
  const files = model.files.filter(isWanted);
  const unsafe = files.find(({ path }) => !isSafePath(path));
  if (unsafe) {
    throw unsafeName(unsafe.path);
  }
  const others = files.filter(
    ({ path, bytes }) => (beside.has(path) || moduleFile.test(path)) && bytes <= mostBesideBytes,
  );
  const found = [...onnxVariants(files), ...safetensorsVariants(files, model.stored)].map(({ own, ...variant }) => {
    const all = [...new Set([...own, ...others])];
    return { ...variant, files: all, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
  if (found.length === 0) {
    throw noWeights(model);
  }
  for (const { files: chosen } of found) {
    refuseClashes(chosen);
  }
  return found;
}

/** The variant that is meant by the name of a file, or by a precision, or the usual one. Throws `hub-missing`, with what there is. */
export function chosenVariant(
  variants: readonly Variant[],
  name: string,
  { file, precision }: { readonly file: string | null; readonly precision: string | null },
): Variant {
  const found = variants.find(
    (variant) => (file === null || variant.file === file) && (precision === null || variant.precision === precision),
  );
  if (!found) {
    const known = variants.map((variant) => `${variant.file} (${variant.precision})`).join(", ");
    throw new ExplainError("hub-missing", "{0} has no {1}. It has: {2}.", name, file ?? precision ?? "", known);
  }
  return found;
}

interface Found {
  readonly precision: string;
  readonly kind: Variant["kind"];
  readonly file: string;
  readonly own: readonly HubFile[];
}

/** Whether a file may be wanted at all; of all others not even the names are looked at. */
function isWanted({ path }: HubFile): boolean {
  return /\.(?:onnx|onnx_data(?:_\d+)?|onnx\.data|json|safetensors|model|txt|spm|jinja|md)$/i.test(path);
}

function onnxVariants(files: readonly HubFile[]): Found[] {
  const paths = usualFirst(files.map(({ path }) => path).filter((path) => modelFile.test(path)));
  const found = new Map<string, Found>();
  for (const path of paths) {
    const set = fileSetOf(path, paths, false);
    const names = [set.file, set.encoder, set.withPast].filter((name) => name !== null);
    const own = files.filter((file) => names.some((name) => file.path === name || isDataOf(name, file.path)));
    found.set(set.file, found.get(set.file) ?? { precision: precisionOf(set.file), kind: "onnx", file: set.file, own });
  }
  return [...found.values()];
}

/** Whether a file holds the weights of an `.onnx` file beside it, by the names that exporters give. */
function isDataOf(onnx: string, path: string): boolean {
  return path.startsWith(onnx) && /^(?:_data(?:_\d+)?|\.data)$/.test(path.slice(onnx.length));
}

function precisionOf(file: string): string {
  const stem = file.replace(/^.*\//, "").replace(/\.onnx$/i, "");
  return precisions.find(([, ending]) => ending.test(stem))?.[0] ?? "fp32";
}

function safetensorsVariants(files: readonly HubFile[], stored: string | null): Found[] {
  const precision = storedAs[stored ?? ""] ?? stored?.toLowerCase() ?? "fp32";
  const find = (path: string) => files.filter((file) => file.path === path);
  const [whole] = find("model.safetensors");
  const [index] = find("model.safetensors.index.json");
  const [adapter] = find("adapter_model.safetensors");
  const [about] = find("adapter_config.json");
  const found = (file: HubFile, own: readonly HubFile[]): Found => ({
    precision,
    kind: "safetensors",
    file: file.path,
    own,
  });
  return [
    ...(whole ? [found(whole, [whole])] : []),
    ...(index && !whole ? [found(index, [index, ...files.filter(({ path }) => shard.test(path))])] : []),
    ...(adapter && about ? [found(adapter, [adapter, about])] : []),
  ];
}

/** On some systems two names that differ in capitals only, or in how letters are composed, are one file. */
function refuseClashes(files: readonly HubFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    const name = path.normalize("NFC").toLowerCase();
    if (seen.has(name)) {
      throw unsafeName(path);
    }
    seen.add(name);
  }
}

function unsafeName(path: string): ExplainError {
  return new ExplainError(
    "model-file-unsafe",
    "The model has a file with the name {0}, which is not safe to write. Do not use it unless you trust where it comes from.",
    path.slice(0, 200),
  );
}

function noWeights({ name, files }: HubModel): ExplainError {
  return files.some(({ path }) => pickled.test(path))
    ? new ExplainError(
        "model-unsupported",
        "{0} has its weights only in files that may hold programs, which are never opened. Look for a version with ONNX or safetensors files.",
        name,
      )
    : new ExplainError("model-unsupported", "{0} has neither ONNX nor safetensors files. Choose another model.", name);
}
