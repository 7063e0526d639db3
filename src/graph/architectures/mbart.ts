import type { Architecture } from "./architecture";
import { bartSizes, bartWrites } from "./bartFamily";

/** mBART (Liu et al. 2020): BART with norms before each part and after the last. */
export const mbart: Architecture = {
  prefix: "model.",
  heads: ["written"],
  write(net, settings) {
    bartWrites(net, bartSizes(settings, { normsBefore: true, normsWords: true, learnsPlaces: true }));
  },
};
