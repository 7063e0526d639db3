import { choice } from "./option";

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
};
