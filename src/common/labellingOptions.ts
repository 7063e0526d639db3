import { choice, wholeOr } from "./option";

/** Options of tasks that label tokens. */
export const labellingOptions = {
  /** How the labels of a word's tokens become one. */
  aggregation: choice(["first", "average", "max", "simple"], "first", {
    setting: { key: "aggregation", section: "explanation", order: 15, described: true },
    flag: {
      name: "aggregation",
      isOfSomeTasks: true,
      value: "KIND",
      heading: "Question",
      words:
        "entities: first, average, max: words take the label of their first token, the mean, or the most certain one; simple: each token its own; default: {default}",
    },
  }),
  /** The token that is asked about, of tasks that answer for tokens, by its index or the last one; `null` for what the prediction says. */
  position: wholeOr("last", [0, 1_000_000], {
    flag: {
      name: "position",
      value: "N|last",
      heading: "Question",
      words:
        "which token, by its index, of models that answer for tokens; of generated text: which token of it, from 0; last: the last that is no special one; default: what the prediction says",
    },
  }),
};
