import { kendallTau } from "../common/kendall";
import { message } from "../common/message";
import { hardlyChanges, type Measure, type Rerunnable } from "./measure";

/** Models that are made random at most: a method runs again on each. One that takes many evaluations runs on two, with the classifier alone random and with all. */
const mostModels = 4;
const mostModelsIfCostly = 2;
/** Evaluations of a run from which on a method is costly. */
const costly = 100;

/**
 * Cascading randomisation (Adebayo et al. 2018, section 3): Kendall's τ-b of the scores with those of the same model with ever more random layers, from the output down. Its value is that with
 * all layers random; its curve begins with none.
 */
export const randomLayers: Measure = {
  planned: ({ method }) => (method && method.layers() > 0 ? randomCounts(method).length * method.cost : null),
  async run({ method }, { onProgress }) {
    if (!method) {
      return null;
    }
    const x = [0];
    const y = [1];
    for (const count of randomCounts(method)) {
      const compared = await method.again({ kind: "layers", count });
      onProgress?.(x.length * method.cost);
      const found = compared && kendallTau(...compared);
      if (found) {
        x.push(count / method.layers());
        y.push(found.tau);
      }
    }
    const value = y.at(-1);
    if (value === undefined || x.at(-1) !== 1) {
      return null;
    }
    const doubt = message(
      "The scores hardly change when all layers of the model are random: this method explains the text, not the model.",
    );
    return { value, spread: null, curve: { x, y }, scale: "none", notes: value >= hardlyChanges ? [doubt] : [] };
  },
};

/** How many groups of layers are random in each model: the first alone, which is the classifier, then evenly spaced up to all. */
export function randomCounts(method: Pick<Rerunnable, "layers" | "cost">): number[] {
  const layers = method.layers();
  const models = Math.min(layers, method.cost < costly ? mostModels : mostModelsIfCostly);
  return Array.from(
    { length: models },
    (_, model) => layers - Math.round(((models - 1 - model) * (layers - 1)) / Math.max(1, models - 1)),
  );
}
