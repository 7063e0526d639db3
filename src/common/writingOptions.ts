import { number, onOff, text, whole } from "./option";

/** How many continuations a search keeps at most. */
export const mostBeams = 64;

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
    setting: { key: "generation.tokens", section: "explanation", order: 11 },
    flag: {
      name: "generate",
      isOfSomeTasks: true,
      value: "N",
      heading: "Question",
      words: "language models: tokens that are written at most; default: {default}",
    },
  }),
  /** How many continuations are kept while the likeliest is looked for; `null` leaves it to the model's files. */
  beams: whole([1, mostBeams], null, {
    flag: {
      name: "beams",
      isOfSomeTasks: true,
      value: "N",
      heading: "Question",
      words:
        "language models: beam search that keeps so many continuations, 1: none; default: as the model's files say",
    },
  }),
  /** What stands before the text for models that are told so what to do with it; `null` leaves it to the model's files. */
  prefix: text(null, {
    flag: {
      name: "prefix",
      isOfSomeTasks: true,
      value: "TEXT",
      heading: "Question",
      words: "encoder with decoder: stands before the text; default: as the model's files say",
    },
  }),
  /** The language that a model writes in, by the name of its token or what that begins with; `null` leaves it to the model's files. */
  language: text(null, {
    flag: {
      name: "language",
      isOfSomeTasks: true,
      value: "NAME",
      heading: "Question",
      words: "encoder with decoder: the language to write in; default: as the model's files say",
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
