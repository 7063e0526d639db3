import type { ExplainRequest } from "../common/explanation";
import type { OutputKind } from "../common/model";
import type { Prediction } from "../common/prediction/registry";
import { type Task, taskIds } from "../common/task";
import { bareEncoder } from "./bareEncoder";
import { causalLanguageModel } from "./causalLanguageModel";
import { classification } from "./classification";
import { maskedLanguageModel } from "./maskedLanguageModel";
import { questionAnswering } from "./questionAnswering";
import { regression } from "./regression";
import { sentenceSimilarity } from "./sentenceSimilarity";
import { sequenceToSequence } from "./sequenceToSequence";
import { surprise } from "./surprise";
import type { Target } from "./target";
import type { Asked, AskedText, ReadText, SecondText, TaskConfig, TaskHead, TaskKind, TaskQuestion } from "./task";
import { tokenClassification } from "./tokenClassification";
import { zeroShot } from "./zeroShot";

/** How each task reads a model's outputs. */
export const taskKinds: { readonly [K in Task]: TaskKind } = {
  "zero-shot-classification": zeroShot,
  "text-classification": classification,
  "text-regression": regression,
  "token-classification": tokenClassification,
  "fill-mask": maskedLanguageModel,
  "question-answering": questionAnswering,
  surprise,
  "text-generation": causalLanguageModel,
  "text2text-generation": sequenceToSequence,
  "sentence-similarity": sentenceSimilarity,
  "feature-extraction": bareEncoder,
};

/**
 * The tasks that fit a model by its configuration: those that it is made for, of which the one that asks for most of it, which comes later in the table, is first; then what else it may serve.
 * None where it is made for none.
 */
export function detectTasks(config: TaskConfig): readonly Task[] {
  const of = (found: true | "also") => taskIds.toReversed().filter((id) => taskKinds[id].detects(config) === found);
  const made = of(true);
  return made.length === 0 ? [] : [...made, ...of("also")];
}

/** The flags of the command line that a task does not read of a model that gives such outputs, and some other does. */
export function unreadFlags(task: Task, gives: OutputKind): readonly string[] {
  const own = taskKinds[task].flags?.(gives) ?? [];
  const all = new Set(taskIds.flatMap((id) => taskKinds[id].flags?.("sigmoid") ?? []));
  return [...all].filter((flag) => !own.includes(flag));
}

/** Whether two tasks read the same outputs of a model's graph, so that one loaded model serves both. */
export function readsAlike(one: Task, other: Task): boolean {
  return readingOf(one) === readingOf(other);
}

/** What a task reads of a model's graph, as a name: equal for tasks that read the same. */
export function readingOf(id: Task): string {
  const { places, outputs = [], pools = false } = taskKinds[id];
  return [places === null, pools, ...outputs].join();
}

/** The task of a loaded model, with its outputs' names. */
export interface OpenTask extends TaskHead, Pick<TaskKind, "asksFirst" | "hypotheses" | "isSilent"> {
  readonly id: Task;
  /** What is read beside the text; `null` where nothing is. */
  second(request: Pick<ExplainRequest, "pair" | "zeroShot">): SecondText | null;
  /** How many outputs the model gives for a text, or at a token. */
  readonly width: number;
  /** See {@link TaskKind.continues}. */
  readonly continues: boolean;
  /** See {@link TaskKind.ask}. */
  ask(text: AskedText, question: TaskQuestion): Asked;
  /** See {@link TaskKind.places}. */
  readonly places: ((text: Omit<ReadText, "windows">, question: TaskQuestion) => readonly number[]) | null;
  /** See {@link TaskKind.digest}. */
  readonly digest?: (outputs: Float32Array, token: number, text: Pick<ReadText, "tokens">) => readonly number[];
  /** See {@link TaskKind.predict}. */
  predict(read: ReadText, question: TaskQuestion): Prediction;
  /** See {@link TaskKind.target}. */
  target(question: TaskQuestion, prediction: Prediction, read: ReadText): Target;
}

/**
 * A task on the outputs that a model has turned out to give, so many for a text or at a token: the one of its configuration, or the first that they fit. `labelsOf` names
 * them where the task has labels.
 */
export function openTask(
  wanted: Task,
  outputs: Pick<TaskHead, "gives" | "vocabulary"> & {
    readonly width: number;
    readonly labels: () => readonly string[];
  },
): OpenTask {
  const { width, vocabulary } = outputs;
  const isOfText = taskKinds[wanted].places === null;
  const isLike = (id: Task) => (taskKinds[id].places === null) === isOfText && taskKinds[id].fits(width, null);
  const doesFit = taskKinds[wanted].fits(width, outputs.gives);
  const id = doesFit ? wanted : (taskIds.find(isLike) ?? wanted);
  const kind = taskKinds[id];
  const gives = doesFit ? outputs.gives : kind.gives({ problem: null, labels: null });
  const head = { labels: kind.isLabelled ? outputs.labels() : [], gives, vocabulary };
  const { places, digest } = kind;
  return {
    id,
    width,
    ...head,
    continues: kind.continues === true,
    ask: (text, question) => kind.ask?.(text, question, head) ?? { tokens: text.tokens, fixed: [], warnings: [] },
    places: places && ((text, question) => places(text, question, head)),
    ...(digest ? { digest: (found, token, text) => digest(found, token, text, head) } : {}),
    ...(kind.asksFirst ? { asksFirst: true } : {}),
    ...(kind.isSilent ? { isSilent: true } : {}),
    ...(kind.hypotheses ? { hypotheses: kind.hypotheses, labels: [] } : {}),
    second: (request) => secondText(kind, request),
    predict: (read, question) => kind.predict(head, read, question),
    target: (question, prediction, read) => kind.target(head, question, prediction, read),
  };
}

/** What a text is read with: of hypotheses the first, which stands for all where nothing is run. */
function secondText(kind: TaskKind, request: Pick<ExplainRequest, "pair" | "zeroShot">): SecondText | null {
  const [hypothesis] = kind.hypotheses?.(request) ?? [];
  if (hypothesis !== undefined) {
    return { role: "hypothesis", text: hypothesis };
  }
  return kind.second?.(request) ?? (request.pair === null ? null : { role: "pair", text: request.pair });
}
