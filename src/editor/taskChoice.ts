import type * as vscode from "vscode";
import type { ModelReference } from "../common/model";
import { isTask, type Task } from "../common/task";

/** What a choice is remembered by in the workspace. */
const keyOf = ({ directory }: ModelReference): string => `task.${directory}`;

/** What a person last chose that a model is asked; `null` leaves it to the model. */
export function rememberedTask(memory: vscode.Memento, model: ModelReference): Task | null {
  const task: unknown = memory.get(keyOf(model));
  return typeof task === "string" && isTask(task) ? task : null;
}

/** Remembers what a model is asked from now on. */
export async function rememberTask(memory: vscode.Memento, model: ModelReference, task: Task): Promise<void> {
  await memory.update(keyOf(model), task);
}
