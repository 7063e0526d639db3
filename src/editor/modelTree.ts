import * as path from "node:path";
import type * as vscode from "vscode";
import { fieldsOf } from "../common/checks";
import type { FoundModel, ModelFile, ModelReference } from "../common/model";
import { escapeMarkdown } from "./markdown";
import { inOrder, type ModelEntry, modelSections, type Training } from "./modelGroups";
import type { ModelParts } from "./modelParts";
import { searchModels, type UnseenModel } from "./modelSearch";
import { buildWords, fileWords, shortPath, stepWords, taskWords, trainingWords } from "./modelWords";
import { markdownOf, type TreeRow, treeItem } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** A row of the view of models; the editor hands it to the commands of its menu. */
export type ModelNode =
  | { readonly kind: "section"; readonly title: string; readonly entries: readonly ModelEntry[] }
  | { readonly kind: "training"; readonly training: Training }
  | { readonly kind: "model"; readonly model: FoundModel; readonly isStep: boolean }
  | { readonly kind: "file"; readonly model: FoundModel; readonly file: ModelFile }
  | { readonly kind: "unseen"; readonly model: UnseenModel }
  /** What a link of the page of a model names. */
  | { readonly kind: "page"; readonly model: UnseenModel; readonly file: string | null };

/** Whether a value that the editor or a link hands over is a row. */
export function isNode(value: unknown): value is ModelNode {
  const fields = fieldsOf(value);
  const { directory, id } = fieldsOf(fields.kind === "training" ? fields.training : fields.model);
  const isFile = fields.kind !== "page" || fields.file === null || typeof fields.file === "string";
  return typeof directory === "string" && typeof id === "string" && isFile;
}

/** The folder and file that a row stands for; none of one that has several below it. */
export function nodeReference(node: ModelNode): ModelReference | undefined {
  if (node.kind === "section" || node.kind === "training") {
    return undefined;
  }
  if (node.kind === "page") {
    return { directory: node.model.directory, file: node.file };
  }
  const isUsual = node.kind !== "file" || node.file === node.model.files[0];
  return { directory: node.model.directory, file: isUsual ? null : node.file.file };
}

/** What the view of models shows: sources, their models, the steps of trainings and the files of models. */
export class ModelTree {
  readonly #parts: ModelParts;

  constructor(parts: ModelParts) {
    this.#parts = parts;
  }

  /** The rows below a row, or all sources. */
  async children(node: ModelNode | undefined): Promise<readonly ModelNode[]> {
    if (!node) {
      const sections = modelSections(await searchModels(this.#parts));
      return sections.map((section): ModelNode => ({ kind: "section", ...section }));
    }
    switch (node.kind) {
      case "section":
        return node.entries.map(nodeOf);
      case "training":
        return inOrder(node.training.steps).map((model): ModelNode => ({ kind: "model", model, isStep: true }));
      case "model": {
        const { model } = node;
        return model.files.length > 1 ? model.files.map((file): ModelNode => ({ kind: "file", model, file })) : [];
      }
      default:
        return [];
    }
  }

  /** How a row looks. */
  item(node: ModelNode): vscode.TreeItem {
    return treeItem(this.#row(node));
  }

  #row(node: ModelNode): TreeRow {
    const { translate } = this.#parts;
    switch (node.kind) {
      case "section":
        return { label: translate(node.title), below: "shown", context: "section", id: node.title };
      case "training": {
        const { id, directory } = node.training;
        return {
          label: id,
          description: trainingWords(node.training, translate),
          icon: "layers",
          below: "hidden",
          context: "training",
          id: `training ${directory}`,
          tooltip: this.#tooltip([id, shortPath(directory), trainingWords(node.training, translate)]),
        };
      }
      case "model":
        return this.#modelRow(node.model, node.isStep);
      case "file": {
        const { file, model } = node;
        const inUse = this.#inUse(node);
        const words = fileWords(file);
        return {
          label: path.posix.basename(file.file),
          description: inUse ? translate("{0} – in use", words) : words,
          icon: inUse ? "check" : "file-binary",
          below: "none",
          context: isCheckpointFile(file.file) ? "file checkpoint" : "file",
          id: `file ${model.source} ${model.directory} ${file.file}`,
          tooltip: this.#tooltip([file.file, words]),
        };
      }
      case "page":
      case "unseen": {
        const { id, directory } = node.model;
        return { label: id, description: directory, icon: "chip", below: "none", context: "model", id: directory };
      }
    }
  }

  #modelRow(model: FoundModel, isStep: boolean): TreeRow {
    const { translate, bundled } = this.#parts;
    const { id, directory, problem, files } = model;
    const inUse = this.#inUse({ kind: "model", model, isStep });
    const words = problem ? translateMessage(translate, problem.message) : shortFacts(model, translate);
    const name = isStep ? stepWords(model, translate) : id;
    const context = [
      problem ? "broken" : "model",
      ...(files.length > 1 ? ["several"] : []),
      ...(model.removable ? ["download"] : []),
      ...(model.file !== null && isCheckpointFile(model.file) ? ["checkpoint"] : []),
    ];
    return {
      label: name,
      description: inUse ? translate("{0} – in use", words) : words,
      icon: problem ? "error" : inUse ? "check" : isStep ? "milestone" : "chip",
      isError: problem !== null,
      below: files.length > 1 ? "hidden" : "none",
      context: context.join(" "),
      id: `model ${model.source} ${directory}`,
      tooltip: this.#tooltip([
        id,
        directory === bundled ? translate("small English sentiment classifier") : shortPath(directory),
        ...(problem ? [words] : [taskWords(model, translate), buildWords(model, translate)]),
        ...(problem ? [] : files.map((file) => `${file.file}: ${fileWords(file)}`)),
      ]),
    };
  }

  #tooltip([title = "", ...lines]: readonly string[]): vscode.MarkdownString {
    const shown = lines.filter((line) => line !== "").map(escapeMarkdown);
    return markdownOf(`**${escapeMarkdown(title)}**\n\n${shown.join("  \n")}`, []);
  }

  /** Whether a row is the usual model: of a model with several files, that and the file are. */
  #inUse(node: ModelNode): boolean {
    const reference = nodeReference(node);
    const { directory, file } = this.#parts.current();
    if (!reference || path.normalize(reference.directory) !== directory) {
      return false;
    }
    const usual = node.kind === "file" ? (node.model.files[0]?.file ?? null) : null;
    return node.kind !== "file" || (reference.file ?? usual) === (file ?? usual);
  }
}

/** Whether a model's file is a checkpoint's, or the index of one. */
function isCheckpointFile(file: string): boolean {
  return !file.endsWith(".onnx");
}

function nodeOf(entry: ModelEntry): ModelNode {
  return entry.kind === "model" ? { ...entry, isStep: false } : entry;
}

/** The family with precision and size, or with the number of files. */
function shortFacts({ files, architecture }: FoundModel, translate: Translate): string {
  const [file] = files;
  const numbers = files.length > 1 ? translate("{0} files", files.length) : file ? fileWords(file) : "";
  return [architecture ?? "", numbers].filter((part) => part !== "").join(" · ");
}
