import { permutationWalk, plannedOrders } from "./shapley/permutationWalk";
import { shapleyMethod } from "./shapley/sampledShapley";

/** Shapley values of a text's units as the mean over random orders (Castro et al. 2009): what a unit adds to those before it. */
export const permutationShap = shapleyMethod({
  fewest: (features) => 2 * features,
  // One order says nothing of its own error.
  usual: (features) => 4 * features - 2,
  planned: plannedOrders,
  estimate: permutationWalk,
});
