/** Every task there is, in the order of all lists. */
export const tasks = {
  /** Classes that share one probability, or have one each; of one text or two. */
  "text-classification": { label: "text classification" },
  /** Plain numbers, such as a score of one text or of how well two fit together. */
  "text-regression": { label: "text regression" },
  /** Words for blanks in a text, by masked language models. */
  "fill-mask": { label: "filling blanks" },
  /** Stretches of a text that answer a question about it. */
  "question-answering": { label: "question answering" },
  /** What a language model goes on with behind a text. */
  "text-generation": { label: "text generation" },
  /** What an encoder and a decoder make of a text, such as its translation or summary, and each token of that. */
  "text2text-generation": { label: "translating and rewriting" },
} as const satisfies Readonly<Record<string, { /** In the middle of a sentence. */ readonly label: string }>>;

/** What a model is made for. */
export type Task = keyof typeof tasks;

/** Whether a string names a task. */
export function isTask(name: string): name is Task {
  return Object.hasOwn(tasks, name);
}

/** The names of all tasks, in the order of all lists. */
export const taskIds: readonly Task[] = Object.keys(tasks).filter(isTask);
