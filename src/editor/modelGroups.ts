import * as path from "node:path";
import type { FoundModel } from "../common/model";
import type { ModelList, UnseenModel } from "./modelSearch";

/** A training that saved several models on its way. */
export interface Training {
  readonly directory: string;
  readonly id: string;
  /** In the order in which they were saved. */
  readonly steps: readonly FoundModel[];
}

/** One entry of a list of models. */
export type ModelEntry =
  | { readonly kind: "model"; readonly model: FoundModel }
  | { readonly kind: "training"; readonly training: Training }
  | { readonly kind: "unseen"; readonly model: UnseenModel };

/** The entries of one kind of place, under its heading. */
export interface ModelSection {
  readonly title: string;
  readonly entries: readonly ModelEntry[];
}

const unusable = "Cannot be used";

/** What a search gave, by the kinds of places in their order; the steps of a training are one entry. What cannot be used comes last. */
export function modelSections({ found, far }: ModelList): ModelSection[] {
  const usable = found.filter(({ problem }) => problem === null);
  const titles = [...new Set([...found, ...far].map(({ title }) => title))];
  const sections = titles.map((title) => ({
    title,
    entries: [
      ...entriesOf(usable.filter((model) => model.title === title)),
      ...far.filter((model) => model.title === title).map((model): ModelEntry => ({ kind: "unseen", model })),
    ],
  }));
  const broken = found.filter(({ problem }) => problem !== null);
  return [
    ...sections,
    { title: unusable, entries: broken.map((model): ModelEntry => ({ kind: "model", model })) },
  ].filter(({ entries }) => entries.length > 0);
}

function entriesOf(models: readonly FoundModel[]): ModelEntry[] {
  const trainings = new Map<string, FoundModel[]>();
  return models.flatMap((model): ModelEntry[] => {
    const directory = model.training?.directory;
    if (directory === undefined) {
      return [{ kind: "model", model }];
    }
    const known = trainings.get(directory);
    if (known) {
      known.push(model);
      return [];
    }
    const steps = [model];
    trainings.set(directory, steps);
    return [{ kind: "training", training: { directory, id: path.basename(directory), steps } }];
  });
}

/** The steps of a training in the order in which they were saved: what lies in the training's own folder is the last. */
export function inOrder(steps: readonly FoundModel[]): FoundModel[] {
  const place = ({ training }: FoundModel): number => training?.step ?? Number.POSITIVE_INFINITY;
  return [...steps].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}
