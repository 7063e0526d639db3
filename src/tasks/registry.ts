import type { Prediction } from "../common/prediction/registry";
import { type Task, taskIds } from "../common/task";
import { classification } from "./classification";
import { regression } from "./regression";
import type { Target } from "./target";
import type { ReadText, TaskConfig, TaskHead, TaskKind, TaskQuestion } from "./task";

/** How each task reads a model's outputs. */
export const taskKinds: { readonly [K in Task]: TaskKind } = {
  "text-classification": classification,
  "text-regression": regression,
};

/** The task that a model is made for by its configuration: of several the one that asks for more, which comes later. */
export function detectTask(config: TaskConfig): Task | undefined {
  return taskIds.findLast((id) => taskKinds[id].detects(config));
}

/** The task of a loaded model, with its outputs' names. */
export interface OpenTask extends TaskHead, Pick<TaskKind, "places"> {
  readonly id: Task;
  /** How many outputs the model gives for a text, or at a token. */
  readonly width: number;
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
  outputs: { readonly width: number; readonly gives: TaskHead["gives"]; readonly labels: () => readonly string[] },
): OpenTask {
  const { width } = outputs;
  const { places } = taskKinds[wanted];
  const isLike = (id: Task) => (taskKinds[id].places === null) === (places === null) && taskKinds[id].fits(width);
  const doesFit = taskKinds[wanted].fits(width);
  const id = doesFit ? wanted : (taskIds.find(isLike) ?? wanted);
  const kind = taskKinds[id];
  const gives = doesFit ? outputs.gives : kind.gives({ problem: null });
  const head = { labels: kind.isLabelled ? outputs.labels() : [], gives };
  return {
    id,
    width,
    ...head,
    places: kind.places,
    predict: (read, question) => kind.predict(head, read, question),
    target: (question, prediction, read) => kind.target(head, question, prediction, read),
  };
}
