import type { JsonObject } from "../readJson";
import type { AdapterSettings } from "./adapterSettings";
import type { AdapterTensors } from "./adapterTensors";
import { isPredictor, isWordTable } from "./wordTables";

/** What the class of a model is called after its family, by what an adapter was trained for. */
const endings: Readonly<Record<string, string>> = {
  SEQ_CLS: "ForSequenceClassification",
  TOKEN_CLS: "ForTokenClassification",
  QUESTION_ANS: "ForQuestionAnswering",
  FEATURE_EXTRACTION: "Model",
};
const ending = /(?:For[A-Z]\w*|LMHeadModel|MTModel|EncoderModel|Model)$/;
const classifiers = /(?:^|\.)(?:classifier|score|out_proj)\.weight$/;

/**
 * A model's config.json as it is with an adapter: the class is the one that was trained, of as many labels as the adapter's classifier has and as many words as its
 * table, and words are predicted with another table than they are looked up in where the adapter has that. `sizeOf` gives the first size of a weight in the adapter's file.
 */
export function adaptedConfig(
  config: JsonObject,
  { className, taskType }: AdapterSettings,
  { replaced }: AdapterTensors,
  sizeOf: (name: string) => number | undefined,
): JsonObject {
  const given: unknown = Array.isArray(config.architectures) ? config.architectures[0] : undefined;
  const before = typeof given === "string" ? given : "Model";
  const wanted = taskType === null ? undefined : endings[taskType];
  const after = className ?? (wanted === undefined ? before : before.replace(ending, wanted));
  const names = [...replaced];
  const untied = names.some(([name]) => isPredictor(name)) ? { tie_word_embeddings: false } : {};
  const table = names.find(([name]) => isWordTable(name));
  const words = table && sizeOf(table[1]);
  const resized = words === undefined ? {} : { vocab_size: words };
  const changed = { ...config, ...untied, ...resized, architectures: [after] };
  const classifier = names.find(([name]) => classifiers.test(name));
  const labels = classifier && sizeOf(classifier[1]);
  if (after === before || labels === undefined || labelsIn(config) === labels) {
    return changed;
  }
  const { id2label: _names, label2id: _ids, ...rest } = changed as JsonObject;
  return { ...rest, num_labels: labels };
}

function labelsIn({ id2label, num_labels: count }: JsonObject): unknown {
  return typeof id2label === "object" && id2label !== null ? Object.keys(id2label).length : count;
}
