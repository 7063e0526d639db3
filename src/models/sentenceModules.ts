import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { Pooling } from "../graph/passes/pooledEmbedding";
import { isJsonObject, type JsonObject, readJson, readJsonObject } from "./readJson";

/** How a folder that sentence-transformers saved says that a text becomes one embedding, beside the graph itself. */
export interface SentenceModules {
  /** How the states of its tokens are pooled: one way, or several that are joined. */
  readonly ways: readonly Pooling[];
  /** What comes after pooling other than bringing to unit length, such as `Dense`, whose weights are not in the graph; `null` where nothing does. */
  readonly further: string | null;
  /** The longest text in tokens, special ones included; `null` where that is not said. */
  readonly maxTokens: number | null;
  /** Whether texts are read in small letters. */
  readonly lowerCases: boolean;
  /** Words that the model was made to find before every text; empty where there are none. */
  readonly prompt: string;
}

const mostBytes = 2 ** 20;
/** What says how texts are read, by the names that sentence-transformers has given it; the first that is there counts. */
export const transformerConfigs: readonly string[] = [
  "bert",
  "roberta",
  "distilbert",
  "camembert",
  "albert",
  "xlm-roberta",
  "xlnet",
].map((kind) => `sentence_${kind}_config.json`);
/** The files that a sentence encoder is described by, beside config.json. */
export const sentenceFiles: readonly string[] = [
  ...transformerConfigs,
  "modules.json",
  "1_Pooling/config.json",
  "config_sentence_transformers.json",
];
/** Modules that change nothing of a cosine while a model is used. */
const withoutEffect = new Set(["Normalize", "Dropout"]);

/** The ways of pooling by their names in configurations, in the order in which the older switches are joined. */
const poolings: readonly (readonly [name: string, older: string, way: Pooling])[] = [
  ["cls", "pooling_mode_cls_token", "first"],
  ["max", "pooling_mode_max_tokens", "max"],
  ["mean", "pooling_mode_mean_tokens", "mean"],
  ["mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", "rootMean"],
  ["weightedmean", "pooling_mode_weightedmean_tokens", "weightedMean"],
  ["lasttoken", "pooling_mode_lasttoken", "last"],
];

/**
 * Reads `modules.json`, the pooling that it names and `sentence_bert_config.json` of a model's folder; `null` for a folder without pooling. Throws `model-file-corrupt` for what cannot be meant, and
 * what `readJson` throws.
 */
export function readSentenceModules(directory: string): SentenceModules | null {
  const modules = readModules(directory);
  const at = modules.findIndex(({ kind }) => kind === "Pooling");
  const place = `${modules[at]?.path ?? "1_Pooling"}/config.json`;
  const pooling = read(directory, place);
  if (!pooling) {
    if (at >= 0) {
      throw corrupt(`modules.json names ${cleanName(place)}, which is missing`);
    }
    return null;
  }
  const others = modules.filter(({ kind }, index) => index > at && !withoutEffect.has(kind));
  const transformer = firstOf(directory, transformerConfigs) ?? {};
  const { max_seq_length: longest, do_lower_case: lower } = transformer;
  return {
    ways: readWays(pooling),
    further: others[0]?.kind ?? null,
    maxTokens: typeof longest === "number" && Number.isInteger(longest) && longest > 0 ? longest : null,
    lowerCases: lower === true,
    prompt: readPrompt(read(directory, "config_sentence_transformers.json") ?? {}),
  };
}

const headed = /For(?:MaskedLM|CausalLM)$/;

/** The config.json of a checkpoint in such a folder: whatever class it was saved as, the body alone is what texts go through. */
export function bodyConfig(config: JsonObject): JsonObject {
  const [first]: readonly unknown[] = Array.isArray(config.architectures) ? config.architectures : [];
  return typeof first === "string" ? { ...config, architectures: [first.replace(headed, "Model")] } : config;
}

const read = (directory: string, name: string): JsonObject | undefined =>
  readJsonObject(directory, name, mostBytes, "model-file-corrupt");

function firstOf(directory: string, names: readonly string[]): JsonObject | undefined {
  return names.reduce<JsonObject | undefined>((found, name) => found ?? read(directory, name), undefined);
}

/** The modules in the order in which a text goes through them, each by the last part of its class's name; none where the folder lists none. */
function readModules(directory: string): { readonly kind: string; readonly path: string }[] {
  const list = readJson(directory, "modules.json", mostBytes, "model-file-corrupt") ?? [];
  if (!Array.isArray(list)) {
    throw corrupt("modules.json holds no list");
  }
  return list.map((entry: unknown) => {
    const { type, path } = isJsonObject(entry) ? entry : {};
    if (typeof type !== "string" || typeof path !== "string") {
      throw corrupt("modules.json has a module without type or path");
    }
    return { kind: cleanName(type.split(".").at(-1) ?? ""), path };
  });
}

function readWays(pooling: JsonObject): readonly Pooling[] {
  const named = pooling.pooling_mode ?? poolings.flatMap(([name, older]) => (pooling[older] === true ? [name] : []));
  const names: readonly unknown[] = Array.isArray(named) ? named : [named];
  const ways = names.map((name) => poolings.find(([known]) => known === name)?.[2]);
  const known = ways.filter((way) => way !== undefined);
  const isStrange = Object.entries(pooling).some(
    ([name, value]) =>
      value === true && name.startsWith("pooling_mode_") && !poolings.some(([, older]) => older === name),
  );
  if (isStrange || known.length < ways.length || known.length > poolings.length) {
    throw corrupt("the pooling that it names is not known");
  }
  return known.length > 0 ? known : ["mean"];
}

function readPrompt({ prompts, default_prompt_name: name }: JsonObject): string {
  const prompt = isJsonObject(prompts) && typeof name === "string" && Object.hasOwn(prompts, name) ? prompts[name] : "";
  return typeof prompt === "string" ? prompt : "";
}

function corrupt(what: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "How the model makes one embedding of a text cannot be read: {0}. Download the model again.",
    what,
  );
}
