import type { ExplainRequest, LimeOptions } from "../common/explanation";
import { message } from "../common/message";
import { type MethodId, type MethodNeed, methodIds, methodInfo } from "../common/method";
import type { MethodAvailability } from "../common/model";
import { mostIntegrationEvaluations, smoothGradDefaults } from "./gradients";
import { plannedLimeEvaluations } from "./lime/limeResult";
import { mostOwenEvaluations } from "./owen/owenTree";
import { affordedRows } from "./plan";

/**
 * How many evaluations of the model a method asks for at most on so many features, known before it runs; the methods that read attention need
 * the one run that the prediction needs anyway, counted as 0.
 */
export function plannedEvaluations(
  method: MethodId,
  features: number,
  options: Pick<ExplainRequest, "owen" | "effort"> & { readonly lime: Pick<LimeOptions, "mode" | "samples"> },
): number {
  switch (method) {
    case "lime":
      return plannedLimeEvaluations(features, options.lime);
    case "occlusion":
      return features === 0 ? 0 : features + 1;
    case "partitionShap":
      return mostOwenEvaluations(features, options.owen.samples ?? affordedRows(options.effort, 0));
    case "saliency":
    case "gradientXInput":
      return 1;
    case "lrp":
      return 1;
    case "deepLift":
      return 2;
    case "smoothGrad":
      return smoothGradDefaults.samples;
    case "integratedGradients":
      return mostIntegrationEvaluations();
    default:
      return 0;
  }
}

/** For every method whether it runs on a model that offers `offered`, and if not, why. */
export function methodAvailability(offered: ReadonlySet<MethodNeed>): MethodAvailability[] {
  return methodIds.map((id) => {
    const missing = methodInfo(id).needs.find((need) => !offered.has(need));
    return { id, available: missing === undefined, why: missing === undefined ? null : message(reasons[missing]) };
  });
}

const reasons: Readonly<Record<MethodNeed, string>> = {
  evaluations: "The model's output cannot be computed again on changed texts.",
  attention: "No attention weights were found in the model's graph.",
  gradients: "No table of word embeddings was found in the model's graph, so there are no gradients.",
  pairs: "The model reads one text at a time, and this method compares two at once.",
};
