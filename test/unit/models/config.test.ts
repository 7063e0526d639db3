import { describe, expect, it } from "vitest";
import type { ExplainError } from "../../../src/common/errors";
import { givenFor, labelsFor, readModelConfig } from "../../../src/models/config";
import { openTask } from "../../../src/tasks/registry";
import { thrownBy } from "../../support/reasonOf";
import { tinyVocabulary } from "../../support/tinyModel";

const bert = {
  architectures: ["BertForSequenceClassification"],
  id2label: { "0": "negative", "1": "positive" },
  max_position_embeddings: 512,
  model_type: "bert",
};

function errorOf(config: Record<string, unknown>, tokenizerConfig?: Record<string, unknown>): ExplainError {
  return thrownBy(() => readModelConfig(config, { tokenizerConfig }));
}

/** What the outputs of a model turn out to be. */
function headFor(config: ReturnType<typeof readModelConfig>, outputs: number) {
  const [task = "text-classification"] = config.tasks;
  const { labels, gives } = openTask(task, {
    width: outputs,
    labels: () => labelsFor(config, outputs),
    gives: givenFor(task, config),
    vocabulary: tinyVocabulary(),
  });
  return { labels, gives };
}

describe("config.json", () => {
  it("gives labels in class order and the limit", () => {
    expect(readModelConfig(bert)).toEqual({
      task: "text-classification",
      tasks: ["text-classification"],
      labels: ["negative", "positive"],
      problem: undefined,
      maxTokens: 512,
      segments: 1,
      sentence: null,
      cutsStart: false,
    });
    expect(readModelConfig({ ...bert, type_vocab_size: 2 }).segments).toBe(2);
    expect(readModelConfig({ ...bert, type_vocab_size: 0 }).segments).toBe(1);
    const shuffled = { ...bert, id2label: { "2": "c", "0": "a", "1": "b" } };
    expect(readModelConfig(shuffled).labels).toEqual(["a", "b", "c"]);
  });

  it("tells classes with the same label apart", () => {
    const same = { ...bert, id2label: { "0": "x", "1": "y", "2": "x" } };
    expect(readModelConfig(same).labels).toEqual(["x (0)", "y", "x (2)"]);
    const taken = { id2label: { "0": "x", "1": "x", "2": "x (0)" } };
    expect(readModelConfig(taken).labels).toEqual(["x (0) (0)", "x (1)", "x (0) (2)"]);
  });

  it("has labels as they may be shown, each different", () => {
    const odd = ["\u202epos\nitive", "pos itive", "长".repeat(100_000), "\u200b", "إيجابي", 7];
    const labels = readModelConfig({ id2label: { ...odd } }).labels;
    expect(labels).toEqual(["pos itive (0)", "pos itive (1)", `${"长".repeat(199)}…`, "LABEL_3", "إيجابي", "7"]);
  });

  it("leaves out RoBERTa's unused first positions and takes the tokenizer's limit if it is smaller", () => {
    const roberta = { ...bert, model_type: "roberta", max_position_embeddings: 514, pad_token_id: 1 };
    expect(readModelConfig(roberta).maxTokens).toBe(512);
    expect(readModelConfig(bert, { tokenizerConfig: { model_max_length: 128 } }).maxTokens).toBe(128);
    expect(readModelConfig(bert, { tokenizerConfig: { model_max_length: 1e30 } }).maxTokens).toBe(512);
  });

  it("reads multi-label models", () => {
    const multiLabel = readModelConfig({ ...bert, problem_type: "multi_label_classification" });
    expect(givenFor("text-classification", multiLabel)).toBe("sigmoid");
  });

  it.each([["ViTForImageClassification", "images"]])(
    "names the task of %s when it refuses it",
    (architecture, task) => {
      const error = errorOf({ ...bert, architectures: [architecture] });
      expect(error.reason).toBe("task-unsupported");
      expect(error.message).toContain(task);
    },
  );

  it("has as many labels as the model has numbers where nothing says how many", () => {
    const unnamed = readModelConfig({ ...bert, id2label: undefined });
    expect(headFor(unnamed, 3)).toEqual({ labels: ["LABEL_0", "LABEL_1", "LABEL_2"], gives: "softmax" });
    expect(headFor(unnamed, 1)).toEqual({ labels: ["score"], gives: "number" });
    expect(thrownBy(() => headFor(unnamed, 1e6)).reason).toBe("model-file-corrupt");
    const named = readModelConfig({ ...bert, id2label: undefined, num_labels: 2 });
    expect(headFor(named, 2).labels).toEqual(["LABEL_0", "LABEL_1"]);
    expect(() => headFor(named, 3)).toThrow("config.json names 2 labels, but the model gives 3 numbers.");
  });

  it("knows what gives numbers instead of classes: regression, and whatever gives only one", () => {
    const headOf = (config: Record<string, unknown>, outputs: number) =>
      headFor(readModelConfig({ ...bert, ...config }), outputs);
    const score = { labels: ["score"], gives: "number" };
    expect(headOf({ id2label: { "0": "LABEL_0" } }, 1)).toEqual(score);
    expect(headOf({ id2label: undefined, num_labels: 1 }, 1)).toEqual(score);
    expect(headOf({ id2label: { "0": "LABEL_0" }, problem_type: "regression" }, 1)).toEqual(score);
    expect(headOf({ id2label: { "0": "similarity" } }, 1)).toEqual({ labels: ["similarity"], gives: "number" });
    expect(readModelConfig({ ...bert, problem_type: "regression" }).tasks[0]).toBe("text-regression");
    expect(headOf({ problem_type: "regression" }, 2)).toEqual({ labels: ["negative", "positive"], gives: "number" });
  });

  it.each(["multi_label_classification", "single_label_classification"])(
    "has one class where there is one label and the problem is %s, as the pipeline does",
    (problem) => {
      const headOf = (config: Record<string, unknown>) =>
        headFor(readModelConfig({ ...bert, problem_type: problem, ...config }), 1);
      expect(readModelConfig({ ...bert, problem_type: problem, id2label: { "0": "toxic" } }).tasks).toEqual([
        "text-classification",
      ]);
      expect(headOf({ id2label: { "0": "toxic" } })).toEqual({ labels: ["toxic"], gives: "sigmoid" });
      expect(headOf({ id2label: { "0": "LABEL_0" } })).toEqual({ labels: ["LABEL_0"], gives: "sigmoid" });
      expect(headOf({ id2label: undefined, num_labels: 1 })).toEqual({ labels: ["LABEL_0"], gives: "sigmoid" });
    },
  );

  it.each([
    ["labels that are no text", { id2label: { "0": {}, "1": [] } }],
    ["labels with a gap", { id2label: { "0": "a", "2": "b" } }],
    ["inherited names", { id2label: JSON.parse('{"__proto__": "x", "1": "b"}') }],
    ["a billion classes", { id2label: undefined, num_labels: 1e9 }],
    ["a fraction of a class", { id2label: undefined, num_labels: 2.5 }],
    ["absurd positions", { max_position_embeddings: -5 }],
    ["positions as text", { max_position_embeddings: "512" }],
    ["no room for a text", { max_position_embeddings: 3 }],
  ])("is refused for %s", (_, change) => {
    expect(errorOf({ ...bert, ...change }).reason).toBe("model-file-corrupt");
  });

  it("without architecture and labels leaves the task unknown", () => {
    expect(errorOf({ model_type: "bert" }).reason).toBe("task-unsupported");
  });

  it("refuses labels of megabytes, and is not misled by names that objects have", () => {
    const labels = (length: number) => ({ ...bert, id2label: { "0": "a".repeat(length), "1": "b" } });
    expect(readModelConfig(labels(1000)).labels).toHaveLength(2);
    expect(errorOf(labels(7_000_000))).toMatchObject({ reason: "model-file-corrupt" });
    expect(errorOf(JSON.parse('{"architectures":["constructor"]}')).reason).toBe("task-unsupported");
    const named = JSON.parse(
      '{"architectures":["BertForSequenceClassification"],"model_type":"constructor","id2label":{"0":"__proto__","1":"constructor"}}',
    );
    expect(readModelConfig(named).labels).toEqual(["__proto__", "constructor"]);
    const inherited = '{"architectures":["BertForSequenceClassification"],"id2label":{"__proto__":{"0":"a"},"1":"b"}}';
    expect(errorOf(JSON.parse(inherited)).reason).toBe("model-file-corrupt");
  });
});
