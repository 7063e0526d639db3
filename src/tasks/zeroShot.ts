import { ExplainError } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import { outcomesOf } from "../common/prediction/registry";
import { classification } from "./classification";
import { candidateProbabilities, type EntailmentOutputs, entailmentOutputs } from "./entailment";
import { findLabel } from "./labels";
import { meanOutputs, type TaskHead, type TaskKind } from "./task";

/** More labels than this take a model too long. */
const mostLabels = 100;

/** Labels of the person's own: each makes a hypothesis, and the target is by how much the text rather implies than denies it (logits; Yin et al. 2019). */
export const zeroShot: TaskKind = {
  detects: (config) => classification.detects(config) && entailmentOutputs(config.labelNames) !== null,
  fits: (width) => width > 1,
  flags: () => ["threshold"],
  isLabelled: true,
  places: null,
  gives: () => "softmax",
  hypotheses: ({ pair, zeroShot: { labels, template } }) => {
    if (pair !== null) {
      throw new ExplainError(
        "request-invalid",
        "Labels are put into a second text of their own. Leave the second text out.",
      );
    }
    if (!template.includes("{}")) {
      throw new ExplainError(
        "request-invalid",
        'Write {} into the hypothesis "{0}", where the label is to go.',
        template,
      );
    }
    return candidateLabels(labels).map((label) => template.replaceAll("{}", label));
  },
  predict(head, { windows }, { threshold, zeroShot: { labels, several } }) {
    const outputs = outputsOf(head);
    const rows = windows.map((window) => meanOutputs(head, [{ ...window, share: 1 }]));
    const probabilities = candidateProbabilities(rows, outputs, several);
    const classes = candidateLabels(labels).map((label, index) => ({
      index,
      label,
      logit: (rows[index]?.[outputs.entailment] ?? 0) - (rows[index]?.[outputs.contradiction] ?? 0),
      probability: probabilities[index] ?? 0,
    }));
    classes.sort((a, b) => b.probability - a.probability || a.index - b.index);
    return { kind: "classes", classes, threshold: several ? threshold : null };
  },
  target(head, { target, versus, zeroShot: { labels } }, prediction) {
    if (versus !== null) {
      throw new ExplainError(
        "label-unknown",
        "Each label has a hypothesis of its own, which is read by itself. Leave out what to compare with.",
      );
    }
    const candidates = candidateLabels(labels);
    const hypothesis = target === null ? (outcomesOf(prediction)[0]?.index ?? 0) : findLabel(candidates, target);
    const { entailment, contradiction } = outputsOf(head);
    const reads = [
      { index: entailment, weight: 1 },
      { index: contradiction, weight: -1 },
    ];
    return { at: [], hypothesis, reads, link: "sigmoid", kind: "logit", label: candidates[hypothesis] ?? "", versus };
  },
};

/** The labels that a person has written, with commas between them. Throws `label-unknown` where there are none, one is empty or is there twice. */
function candidateLabels(written: ExplainRequest["zeroShot"]["labels"]): string[] {
  const labels = written.split(/[,，、]/u).map((label) => label.trim());
  if (labels.every((label) => label === "")) {
    throw new ExplainError(
      "label-unknown",
      "There are no labels to choose from. Write some, with commas between them.",
    );
  }
  if (labels.includes("")) {
    throw new ExplainError("label-unknown", "One of the labels is empty. Write one comma between two labels.");
  }
  const doubled = labels.find((label, at) => labels.indexOf(label) !== at);
  if (doubled !== undefined) {
    throw new ExplainError("label-unknown", 'The label "{0}" is there twice. Write each once.', doubled);
  }
  if (labels.length > mostLabels) {
    throw new ExplainError(
      "label-unknown",
      "There are {0} labels; at most {1} can be told apart.",
      labels.length,
      mostLabels,
    );
  }
  return labels;
}

function outputsOf({ labels }: Pick<TaskHead, "labels">): EntailmentOutputs {
  const outputs = entailmentOutputs(labels);
  if (!outputs) {
    throw new ExplainError(
      "task-unsupported",
      "None of the model's labels says that a text implies another. Choose an entailment model.",
    );
  }
  return outputs;
}
