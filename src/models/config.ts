import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { OutputKind } from "../common/model";
import { type Task, taskIds, tasks } from "../common/task";
import { isOfClasses } from "../tasks/classification";
import { detectTasks, taskKinds } from "../tasks/registry";
import { isJsonObject, type JsonObject } from "./readJson";
import type { SentenceModules } from "./sentenceModules";

/** What the product reads from a model's `config.json` and `tokenizer_config.json`. */
export interface ModelConfig {
  /** The first of {@link tasks}, which is taken where nobody asks for another. */
  readonly task: Task;
  /** What the model can be asked. */
  readonly tasks: readonly Task[];
  /** Labels in class order, each different, as they may be shown; `null` where neither labels nor their number are given, so that the model says how many. */
  readonly labels: readonly string[] | null;
  /** `problem_type`. */
  readonly problem: unknown;
  /** The longest input in tokens, special tokens included. */
  readonly maxTokens: number;
  /** Whether a text that is too long to be compared is read to its end, not from its start. */
  readonly cutsStart: boolean;
  /** How many texts the model tells apart within one input: 2 where it was made for pairs. */
  readonly segments: number;
  /** How states of tokens become one embedding; `null` where the folder does not say. */
  readonly sentence: SentenceModules | null;
}

/** More classes than this are taken for a damaged file. */
const maximumLabels = 10_000;
/** UTF-16 units of all labels together. */
const maximumLabelLength = 500_000;
/** The name of a model's only number, for which config.json has at most a placeholder. */
const onlyLabel = "score";
/** A model that states no limit is read in windows of this length. */
const defaultMaxTokens = 512;

/** Model families whose first position is `pad_token_id + 1`, so that many positions are never used. */
const offsetPositionFamilies = new Set([
  "roberta",
  "xlm-roberta",
  "xlm-roberta-xl",
  "camembert",
  "roberta-prelayernorm",
  "mpnet",
  "longformer",
  "ibert",
  "xmod",
  "data2vec-text",
  "esm",
]);

/** The tail of an architecture's class name and what such a model does. */
const otherTasks: readonly (readonly [RegExp, string])[] = [
  [/ForMultipleChoice$/, "multiple choice"],
  [/ForNextSentencePrediction$/, "next-sentence prediction"],
  [/ForImageClassification$|ForObjectDetection$|VisionModel$/, "images"],
  [/ForCTC$|ForAudioClassification$|ForSpeech/, "speech"],
];

/** What else there is to know of a model's folder. */
export interface ConfigSurroundings {
  readonly tokenizerConfig?: JsonObject | undefined;
  readonly sentence?: SentenceModules | null;
}

/**
 * Reads tasks, labels and limits out of the configuration of a model's folder.
 * Throws `task-unsupported` naming the task if it is none that this version runs, `model-file-corrupt` for values that cannot be.
 */
export function readModelConfig(
  config: JsonObject,
  { tokenizerConfig, sentence = null }: ConfigSurroundings = {},
): ModelConfig {
  const tasks = readTasks(config, sentence !== null);
  const [task] = tasks;
  return {
    task,
    tasks,
    labels: readLabels(config),
    problem: config.problem_type,
    // What a sentence encoder says of it takes the place of its tokenizer's limit.
    maxTokens: sentence?.maxTokens
      ? Math.min(readMaxTokens(config, undefined), sentence.maxTokens)
      : readMaxTokens(config, tokenizerConfig),
    cutsStart: tokenizerConfig?.truncation_side === "left",
    // Some say 0 for none.
    segments: nonNegativeInteger(config.type_vocab_size) || 1,
    sentence,
  };
}

/** What the outputs of a model are for a task, as far as config.json tells: a single one may turn out to be a number. */
export function givenFor(task: Task, { problem, labels }: Pick<ModelConfig, "problem" | "labels">): OutputKind {
  return taskKinds[task].gives({ problem, labels: labels?.length ?? null });
}

/** The refusal of a task that does not fit a model, naming those that do. */
export function wrongTask(wanted: Task, fitting: readonly Task[]): ExplainError {
  return new ExplainError(
    "task-unsupported",
    "This model cannot be used for {0} ({1}). Choose a task that fits it: {2}.",
    tasks[wanted].label,
    wanted,
    fitting.map((id) => `${id} (${tasks[id].label})`).join(", "),
  );
}

function readTasks(config: JsonObject, isPooled: boolean): readonly [Task, ...Task[]] {
  const architectures = Array.isArray(config.architectures) ? config.architectures : [];
  const first: unknown = architectures[0];
  const architecture = typeof first === "string" ? first : null;
  const { id2label, num_labels: count } = config;
  const isNamed = isJsonObject(id2label);
  const labels = isNamed ? Object.keys(id2label).length : typeof count === "number" ? count : null;
  const [task, ...others] = detectTasks({
    architecture,
    problem: config.problem_type,
    labels,
    isNamed,
    labelNames: readLabels(config) ?? [],
    isPooled,
  });
  if (task) {
    return [task, ...others];
  }
  if (architecture !== null) {
    const other = otherTasks.find(([pattern]) => pattern.test(architecture));
    throw taskUnsupported(other?.[1] ?? "another task", architecture.slice(0, 80));
  }
  throw new ExplainError(
    "task-unsupported",
    "config.json names no architecture and no labels, so the task is unknown. Use a text classification model.",
  );
}

function taskUnsupported(task: string, architecture: string): ExplainError {
  return new ExplainError(
    "task-unsupported",
    "This model does {0} ({1}), which this version does not explain. Choose a model for {2}.",
    task,
    architecture,
    taskIds.map((id) => tasks[id].label).join(" or "),
  );
}

function readLabels(config: JsonObject): string[] | null {
  const { id2label } = config;
  if (isJsonObject(id2label)) {
    const count = Object.keys(id2label).length;
    if (count > maximumLabels) {
      throw corrupt("id2label holds too many labels");
    }
    const labels: string[] = [];
    let length = 0;
    for (let index = 0; index < count; index++) {
      const label: unknown = Object.hasOwn(id2label, String(index)) ? id2label[String(index)] : undefined;
      if (typeof label !== "string" && typeof label !== "number") {
        throw corrupt(`id2label has no text for class ${index}`);
      }
      length += String(label).length;
      labels.push(cleanName(String(label)) || `LABEL_${index}`);
    }
    if (length > maximumLabelLength) {
      throw corrupt("its labels are too long");
    }
    if (count === 1 && labels[0] === "LABEL_0") {
      return numberedLabels(count, config.problem_type);
    }
    if (count > 0) {
      return distinct(labels);
    }
  }
  const count: unknown = config.num_labels ?? null;
  if (count === null) {
    return null;
  }
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > maximumLabels) {
    throw corrupt("num_labels is no sensible number");
  }
  return numberedLabels(count, config.problem_type);
}

function numberedLabels(count: number, problem: unknown): string[] {
  return count === 1 && !isOfClasses(problem)
    ? [onlyLabel]
    : Array.from({ length: count }, (_, index) => `LABEL_${index}`);
}

/** The labels of a model that gives so many numbers. Throws `model-file-corrupt` where config.json names another number of them. */
export function labelsFor(
  { labels, problem }: Pick<ModelConfig, "labels" | "problem">,
  outputs: number,
): readonly string[] {
  if (labels === null) {
    if (outputs <= maximumLabels) {
      return numberedLabels(outputs, problem);
    }
    throw new ExplainError(
      "model-file-corrupt",
      "The model gives {0} numbers, more classes than can be explained. Choose a text classification model.",
      outputs,
    );
  }
  if (labels.length !== outputs) {
    throw new ExplainError(
      "model-file-corrupt",
      "config.json names {0} labels, but the model gives {1} numbers. Use the config.json that belongs to the model.",
      labels.length,
      outputs,
    );
  }
  return labels;
}

/** Labels spelt the same get their class index, as often as it takes, so that a target names one class. */
function distinct(labels: readonly string[]): string[] {
  const seen = new Set<string>();
  const repeated = new Set(labels.filter((label) => seen.size === seen.add(label).size));
  return repeated.size === 0
    ? [...labels]
    : distinct(labels.map((label, index) => (repeated.has(label) ? `${label} (${index})` : label)));
}

function readMaxTokens(config: JsonObject, tokenizerConfig: JsonObject | undefined): number {
  const limits: number[] = [];
  const positions = positiveInteger(config, "max_position_embeddings") ?? positiveInteger(config, "n_positions");
  if (positions !== undefined) {
    const offset =
      typeof config.model_type === "string" && offsetPositionFamilies.has(config.model_type)
        ? (nonNegativeInteger(config.pad_token_id) ?? 1) + 1
        : 0;
    limits.push(positions - offset);
  }
  // Tokenizers without a limit say 1e30 here.
  const tokenizerLimit: unknown = tokenizerConfig?.model_max_length;
  if (typeof tokenizerLimit === "number" && Number.isFinite(tokenizerLimit) && tokenizerLimit < 1e6) {
    limits.push(Math.floor(tokenizerLimit));
  }
  const limit = limits.length === 0 ? defaultMaxTokens : Math.min(...limits);
  if (limit < 8) {
    throw corrupt(`the model would read only ${limit} tokens`);
  }
  return limit;
}

function positiveInteger(config: JsonObject, name: string): number | undefined {
  const value = config[name];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 1e7) {
    throw corrupt(`${name} is no sensible number`);
  }
  return value;
}

function nonNegativeInteger(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1e6 ? value : undefined;
}

function corrupt(what: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "config.json is not usable: {0}. Download the model again or choose another.",
    what,
  );
}
