import { ExplainError } from "../common/errors";
import { defaultOptions } from "../common/options";
import { fewestOfKernel, interactionWalk, plannedOfKernel } from "./shapley/kernelWalk";
import { shapleyMethod } from "./shapley/sampledShapley";

/** Up to so many units all subsets are evaluated where nobody said how many. */
const mostExact = 12;
/** Of more units there would be more pairs than anybody reads, and than their evaluations tell apart. */
const mostUnits = 100;

/**
 * Shapley values of a text's units and, for every pair of them, what the two do together: k-SII of order 2 (Bordt and von Luxburg 2023). A unit's score is its single part and half of its pairs; singles and pairs add up to what the
 * scores do.
 */
export const shapleyInteraction = shapleyMethod({
  fewest: fewestOfKernel,
  // About two subsets with their complements for each pair, unless less effort than usual is asked for: then that decides.
  usual: (features, effort) =>
    effort < defaultOptions.effort
      ? fewestOfKernel(features)
      : features <= mostExact
        ? 2 ** features
        : 2 * features ** 2,
  planned(features, samples) {
    if (features > mostUnits) {
      throw new ExplainError(
        "method-unavailable",
        "Pairs are scored among {0} words or tokens at most; this text has {1}. Score sentences instead, or select a shorter part.",
        mostUnits,
        features,
      );
    }
    return plannedOfKernel(features, samples);
  },
  estimate: interactionWalk,
});
