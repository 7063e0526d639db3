import type { ClassScore } from "../common/explanation";
import { type Task, taskIds } from "../common/task";
import { classification } from "./classification";
import { regression } from "./regression";
import type { Target } from "./target";
import type { TaskConfig, TaskHead, TaskKind, TaskQuestion } from "./task";

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
export interface OpenTask extends TaskHead {
  readonly id: Task;
  /** See {@link TaskKind.predict}. */
  predict(outputs: readonly ArrayLike<number>[], shares: readonly number[]): ClassScore[];
  /** See {@link TaskKind.target}. */
  target(question: TaskQuestion, prediction: readonly ClassScore[]): Target;
}

/** A task on the outputs that a model has turned out to give: the one of its configuration, or the first that so many outputs fit. */
export function openTask(wanted: Task, { labels, gives }: TaskHead): OpenTask {
  const doesFit = taskKinds[wanted].fits(labels.length);
  const id = doesFit ? wanted : (taskIds.find((other) => taskKinds[other].fits(labels.length)) ?? wanted);
  const kind = taskKinds[id];
  const head = { labels, gives: doesFit ? gives : kind.gives({ problem: null }) };
  return {
    id,
    ...head,
    predict: (outputs, shares) => kind.predict(head, outputs, shares),
    target: (question, prediction) => kind.target(head, question, prediction),
  };
}
