/** What a method needs of a model: something said of a text that scores can be for, changed texts, attention, gradients. */
export type MethodNeed = "target" | "evaluations" | "attention" | "gradients";

/** What a score says: for or against the target, a share of attention, or only how much it matters. */
export type ScoreKind = "signed" | "attention" | "size";

/** What views and drivers must know of a method without running it. */
export interface MethodInfo {
  /** Short name shown to people. */
  readonly label: string;
  readonly needs: readonly MethodNeed[];
  /** Signed scores may colour the text, and attention may be its bars. */
  readonly scores: ScoreKind;
  /** It knows nothing of the model: it is there to compare with, and colours a text only where somebody chose it. */
  readonly isBlind?: true;
  /** Base value and scores are a model of their own, fitted to what the model does near the text. */
  readonly isFit?: true;
  /** How a score is shared out inside the text, or inside blocks of it, is an estimate: always, or until the method has `converged`. */
  readonly estimates?: "always" | "untilConverged";
}

/** Every attribution method there is, in the order of all lists. */
export const methods = {
  lime: { label: "LIME", needs: ["target", "evaluations"], scores: "signed", isFit: true },
  occlusion: { label: "Leave one out", needs: ["target", "evaluations"], scores: "signed" },
  partitionShap: {
    label: "Owen values",
    needs: ["target", "evaluations"],
    scores: "signed",
    estimates: "untilConverged",
  },
  permutationShap: { label: "Permutation SHAP", needs: ["target", "evaluations"], scores: "signed" },
  kernelShap: { label: "Kernel SHAP", needs: ["target", "evaluations"], scores: "signed" },
  shapleyInteraction: { label: "Shapley interactions", needs: ["target", "evaluations"], scores: "signed" },
  attention: { label: "Attention", needs: ["attention"], scores: "attention" },
  rollout: { label: "Attention, rollout", needs: ["attention"], scores: "attention" },
  attentionFlow: { label: "Attention, flow", needs: ["attention"], scores: "attention" },
  attentionGradient: { label: "Attention × gradient", needs: ["target", "attention"], scores: "signed" },
  chefer: { label: "Attention, relevance (Chefer)", needs: ["target", "attention"], scores: "attention" },
  alti: { label: "Attention, contributions (ALTI)", needs: ["attention"], scores: "attention" },
  valueZeroing: { label: "Value zeroing", needs: ["attention"], scores: "attention" },
  attentionNorm: { label: "Attention, weighed by values", needs: ["attention"], scores: "attention" },
  saliency: { label: "Saliency", needs: ["target", "gradients"], scores: "size" },
  gradientXInput: { label: "Gradient × input", needs: ["target", "gradients"], scores: "signed" },
  smoothGrad: { label: "SmoothGrad", needs: ["target", "gradients"], scores: "size" },
  integratedGradients: { label: "Integrated gradients", needs: ["target", "gradients"], scores: "signed" },
  gradientShap: { label: "GradientSHAP", needs: ["target", "gradients"], scores: "signed" },
  deepLift: { label: "DeepLIFT", needs: ["target", "gradients"], scores: "signed" },
  lrp: { label: "Relevance (AttnLRP)", needs: ["target", "gradients"], scores: "signed", estimates: "always" },
  cpLrp: { label: "Relevance (CP-LRP)", needs: ["target", "gradients"], scores: "signed", estimates: "always" },
  gradCam: { label: "Grad-CAM", needs: ["target", "attention"], scores: "signed" },
  random: { label: "Random", needs: [], scores: "signed", isBlind: true },
} as const satisfies Readonly<Record<string, MethodInfo>>;

/** The name of an attribution method. */
export type MethodId = keyof typeof methods;

/** Whether a string names a method. */
export function isMethodId(name: string): name is MethodId {
  return Object.hasOwn(methods, name);
}

/** The names of all methods, in the order of all lists. */
export const methodIds: readonly MethodId[] = Object.keys(methods).filter(isMethodId);

/** The methods that can colour a text. */
export const importanceMethods: readonly MethodId[] = methodIds.filter((id) => methods[id].scores === "signed");

/** The methods that can be the bars under a text. */
export const attentionMethods: readonly MethodId[] = methodIds.filter((id) => methods[id].scores === "attention");

/** The method that colours a text: one by its name, or the most faithful of those that are run. */
export type ColouringChoice = MethodId | "auto";

/** The methods that know nothing of the model, to compare others with. */
export const blindMethods: readonly MethodId[] = methodIds.filter((id) => methodInfo(id).isBlind);

/** What runs where nobody chose: what colours a text, what its bars are, and all that is shown together. */
export const usualMethods = {
  importance: "partitionShap",
  attention: "rollout",
  all: ["partitionShap", "lrp", "rollout"],
} as const satisfies { importance: MethodId; attention: MethodId; all: readonly MethodId[] };

/** What there is to know of a method. */
export function methodInfo(id: MethodId): MethodInfo {
  return methods[id];
}

/** Whether scores of tokens add up to that of their word, as signed scores and shares do; of sizes, and of no method, the mean is taken. */
export function addsUp(id: MethodId | undefined): boolean {
  return id !== undefined && methodInfo(id).scores !== "size";
}
