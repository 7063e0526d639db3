import { lstat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExplainError } from "../../common/errors";
import type { FoundModel, ModelPlaces } from "../../common/model";
import { taskKinds } from "../../tasks/registry";
import { givenFor } from "../config";
import { modelBytesOf, openModelFolder } from "../folder";
import { modelChoices } from "../modelChoices";
import { modelShape } from "../modelShape";
import { stepOf } from "./foldersIn";
import { modelSources } from "./registry";
import type { ModelPlace } from "./source";

const labelsShown = 4;

/** The models on this machine, and folders that are nearly one, each once; a folder that cannot be used says why. */
export async function findModels(places: ModelPlaces): Promise<FoundModel[]> {
  const found = new Map<string, FoundModel>();
  for (const [source, { title, removable = false, find }] of Object.entries(modelSources)) {
    for (const place of await find(places)) {
      const directory = resolve(place.directory);
      if (!found.has(directory)) {
        found.set(directory, { source, title, removable, ...(await look({ ...place, directory })) });
      }
    }
  }
  return withLastSteps([...found.values()]);
}

/** A folder that a training saved steps into may hold what was saved at its end: that is one of its models too. */
function withLastSteps(found: readonly FoundModel[]): FoundModel[] {
  const trainings = new Set(found.flatMap(({ training }) => training?.directory ?? []));
  return found.map((model) =>
    trainings.has(model.directory) ? { ...model, training: { directory: model.directory, step: null } } : model,
  );
}

/**
 * The folder a person means by a path or by the id of a found model; a path wins, from the first of the places' folders. Throws `model-missing`.
 */
export async function resolveModel(name: string, places: ModelPlaces): Promise<string> {
  const path = resolve(places.folders[0] ?? "", name);
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) {
    return path;
  }
  const known = (await findModels(places)).filter(({ problem }) => problem?.reason !== "model-missing");
  const found = known.find((model) => model.id === name);
  if (found) {
    return found.directory;
  }
  throw new ExplainError(
    "model-missing",
    'There is no model folder "{0}" and no model of that name. Known models: {1}.',
    name,
    known.map((model) => model.id).join(", ") || "none",
  );
}

async function look(place: ModelPlace): Promise<Omit<FoundModel, "source" | "title" | "removable">> {
  const step = stepOf(place.directory);
  const training = step === null ? null : { directory: dirname(place.directory), step };
  try {
    const folder = await openModelFolder({ directory: place.directory, file: null });
    const { file, config } = folder;
    const { architecture, layers, heads } = modelShape(folder.settings);
    const labels = taskKinds[config.task].isLabelled ? (config.labels ?? []) : [];
    return {
      ...place,
      training,
      file,
      bytes: modelBytesOf(folder),
      files: modelChoices(folder),
      architecture,
      layers,
      heads,
      task: config.task,
      gives: givenFor(config.task, config),
      labels: labels.slice(0, labelsShown),
      labelCount: labels.length,
      problem: null,
    };
  } catch (error) {
    return { ...place, training, ...nothingKnown, problem: ExplainError.from(error).toData() };
  }
}

const nothingKnown = {
  file: null,
  bytes: 0,
  files: [],
  architecture: null,
  layers: null,
  heads: null,
  task: null,
  gives: null,
  labels: [],
  labelCount: 0,
} as const;
