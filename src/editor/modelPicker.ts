import * as path from "node:path";
import * as vscode from "vscode";
import type { FoundModel, ModelReference } from "../common/model";
import { modelName } from "../common/modelName";
import { inOrder, type ModelEntry, modelSections, type Training } from "./modelGroups";
import type { ModelParts } from "./modelParts";
import { type ModelList, searchModels, unsearched } from "./modelSearch";
import { fileWords, modelFacts, shortPath, stepWords, trainingWords } from "./modelWords";
import { pickFrom, pickOne } from "./surfaceLists";
import { pickFolder } from "./surfaces";
import { useModel } from "./useModel";

interface ModelItem extends vscode.QuickPickItem {
  /** What the row stands for; `null` opens a folder dialogue. */
  readonly entry: ModelEntry | null;
}

/**
 * Lets the person choose a model: the bundled one, one of the workspace, a recent one, or a folder; then the step where a training saved several, and the file where there
 * are several. The choice goes into the settings once the engine has read the model; throws an `ExplainError` where it cannot.
 */
export async function chooseModel(parts: ModelParts): Promise<void> {
  const { translate } = parts;
  const search = async (): Promise<ModelItem[]> => pickerItems(parts, await searchModels(parts));
  const chosen = await pickOne(pickerItems(parts, unsearched(parts)), search, {
    title: translate("Choose a model"),
    placeholder: translate("A folder with config.json, tokenizer.json and an .onnx file or a checkpoint"),
  });
  if (!chosen) {
    return;
  }
  const entry = chosen.entry ?? (await browse(parts));
  const reference = entry && (await referenceOf(parts, entry));
  if (reference) {
    await useModel(parts, reference);
  }
}

async function referenceOf(parts: ModelParts, entry: ModelEntry): Promise<ModelReference | undefined> {
  if (entry.kind === "unseen") {
    return { directory: entry.model.directory, file: null };
  }
  const model = entry.kind === "training" ? await stepOf(parts, entry.training) : entry.model;
  return model && (await fileOf(parts, model));
}

/** A folder of the person's, which may be that of a training. */
async function browse({ translate, engine }: ModelParts): Promise<ModelEntry | undefined> {
  const directory = await pickFolder(translate("Folder of a model"), translate("Use this model"));
  if (directory === undefined) {
    return undefined;
  }
  const within = await engine.request("findModels", { bundled: directory, folders: [directory], recent: [] });
  const id = modelName(directory);
  const steps = within.filter(({ training }) => training?.directory === directory);
  if (steps.length > 1) {
    return { kind: "training", training: { directory, id, steps } };
  }
  const model = within.find((one) => one.directory === directory && one.problem === null) ?? steps[0];
  return model ? { kind: "model", model } : { kind: "unseen", model: { directory, id, title: "" } };
}

/** Asks for a step of a training, the last one first. */
async function stepOf({ translate }: ModelParts, { id, steps }: Training): Promise<FoundModel | undefined> {
  const items = inOrder(steps)
    .reverse()
    .map((model) => ({
      label: stepWords(model, translate),
      description: path.basename(model.directory),
      detail: modelFacts(model, translate),
      model,
    }));
  const title = translate("Step of {0}", id);
  return (await pickFrom(items, { title, placeholder: translate("A training saved several models; choose one") }))
    ?.model;
}

/** Asks which of a folder's files computes the model, where there are several. */
async function fileOf(
  { translate }: ModelParts,
  { id, directory, files }: FoundModel,
): Promise<ModelReference | undefined> {
  const [usual] = files;
  if (files.length < 2) {
    return { directory, file: null };
  }
  const items = files.map((one) => ({
    label: one.file,
    description: fileWords(one),
    file: one === usual ? null : one.file,
  }));
  const title = translate("File of {0}", id);
  const chosen = await pickFrom(items, {
    title,
    placeholder: translate("The same model in several files; choose one"),
  });
  return chosen && { directory, file: chosen.file };
}

/** The rows of all models under the headings of their sources; what cannot be used comes last. */
function pickerItems(parts: ModelParts, list: ModelList): ModelItem[] {
  const { translate } = parts;
  const heading = (label: string): ModelItem => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    entry: null,
  });
  return [
    ...modelSections(list).flatMap(({ title, entries }) => [
      heading(translate(title)),
      ...entries.map((entry) => row(parts, entry)),
    ]),
    heading(""),
    {
      label: translate("Browse…"),
      iconPath: new vscode.ThemeIcon("folder-opened"),
      entry: null,
      alwaysShow: true,
    },
  ];
}

/** One model: its name and place, then what is known of it, or what is wrong with it; the one in use has a mark. */
function row(parts: ModelParts, entry: ModelEntry): ModelItem {
  const { bundled, current, translate } = parts;
  if (entry.kind === "training") {
    const { training } = entry;
    const [first] = training.steps;
    return {
      entry,
      label: training.id,
      description: `${shortPath(training.directory)} · ${trainingWords(training, translate)}`,
      detail: first ? modelFacts(first, translate) : "",
      iconPath: new vscode.ThemeIcon("layers"),
    };
  }
  const { directory, id } = entry.model;
  const problem = entry.kind === "model" && entry.model.problem !== null;
  const inUse = path.normalize(directory) === current().directory;
  const where = directory === bundled ? translate("small English sentiment classifier") : shortPath(directory);
  const icon = problem ? "error" : inUse ? "check" : null;
  return {
    entry,
    label: id,
    description: inUse ? translate("{0} – in use", where) : where,
    detail: entry.kind === "model" ? modelFacts(entry.model, translate) : "",
    ...(icon === null ? {} : { iconPath: new vscode.ThemeIcon(icon) }),
  };
}
