import { stabilityMeasure } from "./stability";

const seeds = 4;

/** How alike the scores are for the next four seeds; of methods that draw. */
export const seedStability = stabilityMeasure(({ draws }, seed) =>
  draws ? Array.from({ length: seeds }, (_, at) => ({ kind: "seed", seed: seed + at + 1 })) : [],
);
