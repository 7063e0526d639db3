import { hiddenValues, type Measure, meanValue, strongestFirst } from "./measure";

const steps = 20;

/** The mean of p while ever more of the strongest features are hidden, in twenty steps up to all of them: the area under the deletion curve (Petsiuk et al. 2018). */
export const deletionArea: Measure = {
  planned: () => steps + 1,
  async run({ target, scores }, run) {
    const order = strongestFirst(scores);
    const rows = Array.from({ length: steps }, (_, step) =>
      order.slice(0, Math.round(((step + 1) / steps) * order.length)),
    );
    const [, ...hidden] = await hiddenValues(target, rows, run);
    return meanValue(hidden);
  },
};
