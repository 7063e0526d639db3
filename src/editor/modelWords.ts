import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { formatBytes, formatCount } from "../common/format";
import type { FoundModel, ModelFile } from "../common/model";
import { tasks } from "../common/task";
import { inOrder, type Training } from "./modelGroups";
import { type Translate, translateMessage } from "./translate";

/** What a model is for, how it is built, in what numbers and how large it is; or what is wrong with it. */
export function modelFacts(model: FoundModel, translate: Translate): string {
  const { problem, bytes, files } = model;
  if (problem) {
    return translateMessage(translate, problem.message);
  }
  return joined([
    taskWords(model, translate),
    buildWords(model, translate),
    files.length > 1 ? translate("{0} files", files.length) : (files[0]?.precision ?? ""),
    bytes > 0 ? formatBytes(files[0]?.bytes ?? bytes) : "",
  ]);
}

/** What a model is for, and its first labels. */
export function taskWords({ task, gives, labels, labelCount }: FoundModel, translate: Translate): string {
  const more = labelCount > labels.length ? ["…"] : [];
  return gives === "number" && labelCount > 0
    ? translate("a number for each text")
    : joined([task ? translate(tasks[task].label) : "", [...labels, ...more].join(", ")]);
}

/** The family of a model, its layers and heads, as far as its configuration says them. */
export function buildWords({ architecture, layers, heads }: FoundModel, translate: Translate): string {
  const size =
    layers === null
      ? ""
      : heads === null
        ? translate("{0} layers", layers)
        : translate("{0} layers × {1} heads", layers, heads);
  return [architecture ?? "", size].filter((part) => part !== "").join(", ");
}

/** In what numbers a file is, and how large it is. */
export function fileWords({ precision, bytes }: ModelFile): string {
  return joined([precision ?? "", formatBytes(bytes)]);
}

/** Where in its training a model was saved. */
export function stepWords({ training }: Pick<FoundModel, "training">, translate: Translate): string {
  const step = training?.step ?? null;
  return step === null ? translate("Saved last") : translate("Step {0}", formatCount(step));
}

/** How many steps a training saved, and from which to which. */
export function trainingWords({ steps }: Training, translate: Translate): string {
  const numbers = inOrder(steps).flatMap(({ training }) => training?.step ?? []);
  const [first, last] = [numbers[0], numbers.at(-1)];
  const range = first === undefined || last === undefined ? "" : `${formatCount(first)} – ${formatCount(last)}`;
  return joined([
    steps.length === 1 ? translate("1 training step") : translate("{0} training steps", steps.length),
    numbers.length > 1 ? range : "",
  ]);
}

/** A path as a person writes it: from the workspace's folder, or with `~` for the home folder. */
export function shortPath(folder: string): string {
  const here = vscode.workspace.asRelativePath(folder);
  if (here !== folder) {
    return here;
  }
  const home = os.homedir();
  return folder.startsWith(home + path.sep) ? `~${folder.slice(home.length)}` : folder;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
