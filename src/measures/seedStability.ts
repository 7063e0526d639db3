import { stabilityMeasure } from "./stability";

const seeds = 2;

/** How alike the scores are for the seed and the next two, each with each; of methods that draw. */
export const seedStability = stabilityMeasure(
  ({ draws }, seed) => (draws ? Array.from({ length: seeds }, (_, at) => ({ kind: "seed", seed: seed + at + 1 })) : []),
  true,
);
