import { ExplainError } from "../common/errors";
import { type Message, message } from "../common/message";
import { mostBeams } from "../common/writingOptions";
import { type GenerationRules, plainRules } from "../tasks/generation/rules";
import { isJsonObject, type JsonObject } from "./readJson";

/** How a model's own files want it to go on with a text. */
export interface GenerationConfig {
  readonly rules: GenerationRules;
  /** The token that a decoder begins with, which is fed what it writes apart from the text; `null` where none is named. */
  readonly begins: number | null;
  /** What stands before a text that nobody says anything else of; empty for nothing. */
  readonly prefix: string;
  /** What may stand before a text, by which the model is told what to do with it. */
  readonly prefixes: readonly string[];
  /** What they ask for that is not done. */
  readonly notes: readonly Message[];
}

/** Settings that change which tokens are chosen and are not done, and the values that make no difference. */
const undone: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ["num_beam_groups", [1]],
  ["penalty_alpha", [0]],
  ["guidance_scale", [1]],
  ["typical_p", [1]],
  ["epsilon_cutoff", [0]],
  ["eta_cutoff", [0]],
  ["top_h", []],
  ["diversity_penalty", [0]],
  ["encoder_repetition_penalty", [1]],
  ["encoder_no_repeat_ngram_size", [0]],
  ["exponential_decay_length_penalty", []],
  ["sequence_bias", []],
  ["constraints", []],
  ["force_words_ids", []],
  ["stop_strings", []],
  ["dola_layers", []],
  ["watermarking_config", []],
]);

const mostIds = 10_000;
const mostSequences = 10_000;
const mostPrefixes = 100;
/** In UTF-16 units. */
const longestPrefix = 1000;

/**
 * Reads what generation_config.json asks for, or in its absence config.json, as older models have it. Throws `model-file-corrupt` for values that cannot be.
 */
export function readGenerationConfig(generation: JsonObject | undefined, config: JsonObject): GenerationConfig {
  const source = generation ?? config;
  const rules: GenerationRules = {
    sample: source.do_sample === true,
    temperature: number(source, "temperature", plainRules.temperature, { least: 0, most: 1e6 }),
    topK: whole(source, "top_k", plainRules.topK),
    topP: number(source, "top_p", plainRules.topP, { least: 0, most: 1 }),
    minP: number(source, "min_p", plainRules.minP, { least: 0, most: 1 }),
    repetitionPenalty: number(source, "repetition_penalty", plainRules.repetitionPenalty, { least: 1e-6, most: 1e6 }),
    noRepeatNgram: whole(source, "no_repeat_ngram_size", plainRules.noRepeatNgram),
    badWords: sequences(source, "bad_words_ids"),
    minLength: whole(source, "min_length", plainRules.minLength),
    minNewTokens: whole(source, "min_new_tokens", plainRules.minNewTokens),
    suppress: ids(source, "suppress_tokens"),
    beginSuppress: ids(source, "begin_suppress_tokens"),
    forcedFirst: ids(source, "forced_bos_token_id")[0] ?? null,
    forcedLast: ids(source, "forced_eos_token_id"),
    beams: whole(source, "num_beams", plainRules.beams, [1, mostBeams]),
    lengthPenalty: number(source, "length_penalty", plainRules.lengthPenalty, { least: -1e3, most: 1e3 }),
    earlyStopping: source.early_stopping === "never" ? "never" : source.early_stopping === true,
    stop: ids(source, "eos_token_id"),
  };
  const others = [...undone].filter(([name, harmless]) => {
    const value = source[name] ?? null;
    return value !== null && value !== false && !harmless.includes(value);
  });
  const named = { ...config, ...generation };
  const begins = [...ids(named, "decoder_start_token_id"), ...ids(named, "bos_token_id")];
  return {
    rules,
    begins: begins[0] ?? null,
    prefix: prefixOf(config),
    prefixes: prefixes(config.task_specific_params),
    notes: others.map(([name]) => notDone(name)),
  };
}

function prefixOf({ prefix = null }: JsonObject): string {
  if (prefix !== null && (typeof prefix !== "string" || prefix.length > longestPrefix)) {
    throw corrupt("prefix");
  }
  return prefix ?? "";
}

/** What stands before the texts of the tasks that a model was made for. */
function prefixes(tasks: unknown): readonly string[] {
  const named = isJsonObject(tasks) ? Object.values(tasks).slice(0, mostPrefixes) : [];
  return named.map((task) => (isJsonObject(task) ? prefixOf(task) : "")).filter((prefix) => prefix !== "");
}

/** Says that a setting of generation_config.json is not done. */
export function notDone(name: string): Message {
  return message("This model's files ask for {0} when text is generated, which is not done here.", name);
}

function number(
  source: JsonObject,
  name: string,
  usual: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = source[name] ?? usual;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw corrupt(name);
  }
  return value;
}

function whole(source: JsonObject, name: string, usual: number, [least, most] = [0, 1e7]): number {
  const value = number(source, name, usual, { least, most });
  if (!Number.isInteger(value)) {
    throw corrupt(name);
  }
  return value;
}

/** One id or a list of them. */
function ids(source: JsonObject, name: string): number[] {
  const value = source[name] ?? [];
  return idList(Array.isArray(value) ? value : [value], name);
}

function sequences(source: JsonObject, name: string): number[][] {
  const value = source[name] ?? [];
  if (!Array.isArray(value) || value.length > mostSequences) {
    throw corrupt(name);
  }
  return value.map((each: unknown) => {
    if (!Array.isArray(each) || each.length === 0) {
      throw corrupt(name);
    }
    return idList(each, name);
  });
}

function idList(list: readonly unknown[], name: string): number[] {
  if (list.length > mostIds) {
    throw corrupt(name);
  }
  return list.map((id) => {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > 0x7fffffff) {
      throw corrupt(name);
    }
    return id;
  });
}

function corrupt(name: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "{0} has a value in the model's files that cannot be. Download the model again or choose another.",
    name,
  );
}
