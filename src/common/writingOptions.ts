import { number, onOff, whole } from "./option";

/** Options of models that write text; they are among those of an explanation. */
export const writingOptions = {
  /** Whether the text is what a person says to the model, in the form of its chat template. */
  chat: onOff(false, {
    flag: {
      name: "chat",
      isOfSomeTasks: true,
      value: "on|off",
      heading: "Question",
      words: "language models: puts the text into the model's chat template; default: off",
    },
    flagMeans: { on: true, off: false },
  }),
  /** How many tokens a language model writes at most. */
  generate: whole([1, 4096], 20, {
    flag: {
      name: "generate",
      isOfSomeTasks: true,
      value: "N",
      heading: "Question",
      words: "language models: tokens that are written at most; default: {default}",
    },
  }),
  /** How freely tokens are drawn, 0 for the likeliest each time; `null` leaves it to the model's files. */
  temperature: number([0, 100], null, {
    flag: {
      name: "temperature",
      isOfSomeTasks: true,
      value: "T",
      heading: "Question",
      words:
        "language models: draws tokens with this temperature, 0: the likeliest each time; default: as the model's files say",
    },
  }),
  /** Tokens are drawn from the fewest likeliest ones that have this probability together; `null` leaves it to the model's files. */
  topP: number([0, 1], null, {
    flag: {
      name: "top-p",
      isOfSomeTasks: true,
      value: "P",
      heading: "Question",
      words:
        "language models: draws tokens from the likeliest that have this probability together; default: as the model's files say",
    },
  }),
};
