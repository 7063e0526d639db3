import { fewestOfKernel, kernelWalk, plannedOfKernel } from "./shapley/kernelWalk";
import { shapleyMethod } from "./shapley/sampledShapley";

/** Shapley values of a text's units by weighted least squares over subsets (Kernel SHAP, Lundberg and Lee 2017), all units kept. */
export const kernelShap = shapleyMethod({
  fewest: fewestOfKernel,
  usual: fewestOfKernel,
  planned: plannedOfKernel,
  estimate: kernelWalk,
});
