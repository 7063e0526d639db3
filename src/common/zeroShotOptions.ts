import { onOff, text } from "./option";

/** Labels of the person's own, for models that tell whether one text implies another. */
export const zeroShotOptions = {
  /** With commas between them. */
  labels: text("", {
    setting: { key: "zeroShot.labels", section: "explanation", order: 8 },
    flag: {
      name: "labels",
      value: "A,B,C",
      heading: "Question",
      words: "zero-shot classification: which of these labels fits, by an entailment model",
    },
  }),
  /** The sentence that is true where a label fits, with {} for the label. */
  template: text("This example is {}.", {
    setting: { key: "zeroShot.template", section: "explanation", order: 9 },
    flag: {
      name: "template",
      value: "TEXT",
      heading: "Question",
      words: "zero-shot classification: the hypothesis, with {} for the label; default: {default}",
    },
  }),
  /** Whether several labels may fit, each with a probability of its own. */
  several: onOff(false, {
    setting: { key: "zeroShot.several", section: "explanation", order: 10 },
    flag: {
      name: "several",
      value: "true|false",
      heading: "Question",
      words: "zero-shot classification: whether several labels may fit; default: {default}",
    },
    flagMeans: { true: true, false: false },
  }),
};
