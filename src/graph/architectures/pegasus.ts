import type { Architecture } from "./architecture";
import { bartSizes, bartWrites } from "./bartFamily";

/** Pegasus (Zhang et al. 2020): the transformer of Vaswani et al. 2017 with norms before each part and after the last. */
export const pegasus: Architecture = {
  prefix: "model.",
  heads: ["written"],
  write(net, settings) {
    bartWrites(net, bartSizes(settings, { normsBefore: true, normsWords: false, learnsPlaces: false }));
  },
};
