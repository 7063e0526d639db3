import { message } from "../common/message";
import { type MethodId, type MethodNeed, methodIds, methodInfo } from "../common/method";
import type { MethodAvailability } from "../common/model";
import { alti } from "./alti";
import { attention } from "./attention";
import { attentionFlow } from "./attentionFlow";
import { attentionGradient } from "./attentionGradient";
import { attentionNorm } from "./attentionNorm";
import { chefer } from "./chefer";
import { cpLrp } from "./cpLrp";
import { deepLift } from "./deepLift";
import { gradCam } from "./gradCam";
import { gradientShap } from "./gradientShap";
import { gradientXInput } from "./gradientXInput";
import { integratedGradients } from "./integratedGradients";
import { kernelShap } from "./kernelShap";
import { lime } from "./lime";
import { lrp } from "./lrp";
import type { Method } from "./method";
import { occlusion } from "./occlusion";
import { partitionShap } from "./partitionShap";
import { permutationShap } from "./permutationShap";
import { random } from "./random";
import { rollout } from "./rollout";
import { saliency } from "./saliency";
import { shapleyInteraction } from "./shapleyInteraction";
import { smoothGrad } from "./smoothGrad";
import { valueZeroing } from "./valueZeroing";

/** How each method is computed. */
export const implementations: { readonly [K in MethodId]: Method } = {
  lime,
  occlusion,
  partitionShap,
  permutationShap,
  kernelShap,
  shapleyInteraction,
  attention,
  rollout,
  attentionFlow,
  attentionGradient,
  chefer,
  alti,
  valueZeroing,
  attentionNorm,
  saliency,
  gradientXInput,
  smoothGrad,
  integratedGradients,
  gradientShap,
  deepLift,
  lrp,
  cpLrp,
  gradCam,
  random,
};

/** For every method whether it runs on a model that offers `offered`, and if not, why. */
export function methodAvailability(offered: ReadonlySet<MethodNeed>): MethodAvailability[] {
  return methodIds.map((id) => {
    const missing = methodInfo(id).needs.find((need) => !offered.has(need));
    return { id, available: missing === undefined, why: missing === undefined ? null : message(reasons[missing]) };
  });
}

const reasons: Readonly<Record<MethodNeed, string>> = {
  target: "The model says nothing of a text: it has no head.",
  evaluations: "The model's output cannot be computed again on changed texts.",
  attention: "No attention weights were found in the model's graph.",
  gradients: "No table of word embeddings was found in the model's graph, so there are no gradients.",
};
