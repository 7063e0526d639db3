/** Every task there is, in the order of all lists. */
export const tasks = {
  /** Labels of the person's own, by models made to tell whether one text implies another. */
  "zero-shot-classification": { label: "zero-shot classification", needs: "labels" },
  /** Classes that share one probability, or have one each; of one text or two. */
  "text-classification": { label: "text classification" },
  /** Plain numbers, such as a score of one text or of how well two fit together. */
  "text-regression": { label: "text regression" },
  /** A label for each token, such as named entities. */
  "token-classification": { label: "token classification", asksTokens: true },
  /** Words for blanks in a text, by masked language models. */
  "fill-mask": { label: "filling blanks", asksTokens: true },
  /** Stretches of a text that answer a question about it. */
  "question-answering": { label: "question answering", needs: "question" },
  /** How little a language model expects each token of a text. */
  surprise: { label: "surprise", asksTokens: true },
  /** What a language model goes on with behind a text. */
  "text-generation": { label: "text generation" },
  /** What an encoder and a decoder make of a text, such as its translation or summary, and each token of that. */
  "text2text-generation": { label: "translating and rewriting" },
  /** How alike two texts are, by the embedding of each. */
  "sentence-similarity": { label: "sentence similarity", readsApart: true },
  /** States of tokens and nothing said of the text, as of encoders without a head. */
  "feature-extraction": { label: "attention alone" },
} as const satisfies Readonly<Record<string, TaskInfo>>;

/** What a person must say beside the text: a question, or labels of their own. */
export type Needed = "question" | "labels";

/** What is known of a task wherever it is named. */
interface TaskInfo {
  /** In the middle of a sentence. */
  readonly label: string;
  /** What must be said beside the text; also the flag of the command line that says it. */
  readonly needs?: Needed;
  /** Whether the option `position` counts the tokens of the text. */
  readonly asksTokens?: true;
  /** Whether two texts are read each by itself, so that it is all the same which comes first. */
  readonly readsApart?: true;
}

/** What a model is made for. */
export type Task = keyof typeof tasks;

/** Whether a string names a task. */
export function isTask(name: string): name is Task {
  return Object.hasOwn(tasks, name);
}

/** The names of all tasks, in the order of all lists. */
export const taskIds: readonly Task[] = Object.keys(tasks).filter(isTask);

/** What a person must say beside the text, of a task that needs something. */
export function neededBy(task: Task): Needed | undefined {
  const info: TaskInfo = tasks[task];
  return info.needs;
}

/** Whether a task is asked about single tokens of the text, which the option `position` names. */
export function asksAboutTokens(task: Task): boolean {
  const info: TaskInfo = tasks[task];
  return info.asksTokens === true;
}

/** Whether a task reads two texts each by itself: one can be held against several. */
export function readsTextsApart(task: Task): boolean {
  const info: TaskInfo = tasks[task];
  return info.readsApart === true;
}

/** The task that needs something; `null` where none does. */
export function taskThatNeeds(needed: Needed): Task | null {
  return taskIds.find((id) => neededBy(id) === needed) ?? null;
}
