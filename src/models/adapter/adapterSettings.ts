import { ExplainError } from "../../common/errors";
import { shownSetting } from "../../graph/architectures/refusals";
import { isJsonObject, type JsonObject, readJsonObject } from "../readJson";

/** The file that says how an adapter was trained, and the one that holds its weights. */
export const adapterSettingsFile = "adapter_config.json";
export const adapterWeightsFile = "adapter_model.safetensors";

const maximumBytes = 8 * 2 ** 20;

/** What of an adapter's settings has a say in what it is merged to. */
export interface AdapterSettings {
  /** The model that it was trained on: a path, or a name on the model hub; `null` where it is not named. */
  readonly base: string | null;
  /** The revision of that model; `null` for the usual one. */
  readonly revision: string | null;
  /** What it was trained for, as the library that trains adapters calls it. */
  readonly taskType: string | null;
  /** The class of the model that it was trained with, where it says so. */
  readonly className: string | null;
  readonly alpha: number;
  readonly rank: number;
  /** Other strengths and ranks of some modules, by their names or what these end with. */
  readonly alphas: ReadonlyMap<string, number>;
  readonly ranks: ReadonlyMap<string, number>;
  /** Whether strengths are divided by the root of the rank (Kalajdzievski 2023), rather than by the rank. */
  readonly byRoot: boolean;
}

/** Settings that have no say in what an adapter is merged to, or are checked by what its weights are. */
const inert: ReadonlySet<string> = new Set(
  (
    "auto_mapping base_model_name_or_path bias ensure_weight_tying eva_config exclude_modules inference_mode layers_pattern layers_to_transform lora_alpha lora_dropout " +
    "megatron_core modules_to_save peft_type peft_version qalora_group_size r rank_pattern alpha_pattern revision runtime_config target_modules task_type use_rslora fan_in_fan_out " +
    "velora_config init_lora_weights loftq_config corda_config lora_ga_config tokenizer_class"
  ).split(" "),
);
/** Ways to begin a training that leave the model's own weights as they are. */
const harmlessStarts: ReadonlySet<unknown> = new Set([undefined, null, true, false, "gaussian", "eva", "orthogonal"]);

/** The settings of the adapter in a folder; `null` where there is none. Throws `model-unsupported` naming what is not merged here, `model-file-corrupt` for what cannot be. */
export function readAdapterSettings(directory: string): AdapterSettings | null {
  const json = readJsonObject(directory, adapterSettingsFile, maximumBytes, "model-file-corrupt");
  if (!json) {
    return null;
  }
  refuseOthers(json);
  const mapping = json.auto_mapping;
  return {
    base: textOf(json, "base_model_name_or_path"),
    revision: textOf(json, "revision"),
    taskType: textOf(json, "task_type"),
    className: isJsonObject(mapping) ? textOf(mapping, "base_model_class") : null,
    alpha: positive(json.lora_alpha ?? 8, "lora_alpha"),
    rank: positive(json.r ?? 8, "r"),
    alphas: patterns(json, "alpha_pattern"),
    ranks: patterns(json, "rank_pattern"),
    byRoot: json.use_rslora === true,
  };
}

function refuseOthers(json: JsonObject): void {
  if (json.peft_type !== "LORA") {
    throw unsupported("peft_type", json.peft_type ?? null);
  }
  if (!harmlessStarts.has(json.init_lora_weights)) {
    throw unsupported("init_lora_weights", json.init_lora_weights);
  }
  for (const [name, value] of Object.entries(json)) {
    const saysNothing =
      value === null || value === false || (typeof value === "object" && Object.keys(value).length === 0);
    if (!inert.has(name) && !saysNothing) {
      throw unsupported(name, value);
    }
  }
}

/** A pattern is a regular expression in principle; names and their endings are what is used. */
function patterns(json: JsonObject, name: string): ReadonlyMap<string, number> {
  const value = json[name] ?? {};
  if (!isJsonObject(value)) {
    throw damaged(name);
  }
  return new Map(
    Object.entries(value).map(([pattern, number]) => {
      if (!/^\^?[\w.-]{1,500}$/.test(pattern)) {
        throw unsupported(name, pattern);
      }
      return [pattern, positive(number, name)];
    }),
  );
}

/** The number that a pattern gives a module, or the usual one. */
export function ofModule(module: string, numbers: ReadonlyMap<string, number>, usual: number): number {
  for (const [pattern, number] of numbers) {
    const isWhole = pattern.startsWith("^");
    if (module === pattern.slice(isWhole ? 1 : 0) || (!isWhole && module.endsWith(`.${pattern}`))) {
      return number;
    }
  }
  return usual;
}

function positive(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) {
    throw damaged(name);
  }
  return value;
}

function textOf(json: JsonObject, name: string): string | null {
  const value = json[name];
  return typeof value === "string" && value !== "" && value.length <= 4096 ? value : null;
}

function unsupported(name: string, value: unknown): ExplainError {
  return new ExplainError(
    "model-unsupported",
    "adapter_config.json has {0} as {1}, which is not merged here. Merge the adapter with its model in Python: peft.AutoPeftModel.from_pretrained(folder).merge_and_unload().save_pretrained(other).",
    name.slice(0, 80),
    shownSetting(value),
  );
}

function damaged(name: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "adapter_config.json is not usable: {0} cannot be what it says. Save or download the adapter again.",
    name,
  );
}
