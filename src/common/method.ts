/** Every attribution method the product names, on the command line and in settings. */
export const methodIds = [
  "attention",
  "rollout",
  "attentionFlow",
  "lime",
  "occlusion",
  "partitionShap",
  "kernelShap",
  "permutationShap",
  "saliency",
  "gradientXInput",
  "smoothGrad",
  "integratedGradients",
  "gradientShap",
  "deepLift",
  "gradCam",
  "lrp",
  "attentionGradient",
  "chefer",
  "alti",
  "valueZeroing",
  "random",
] as const;

/** The name of an attribution method. */
export type MethodId = (typeof methodIds)[number];

/** What a method needs of a model; `pairs` are two texts in one run. */
export type MethodNeed = "evaluations" | "attention" | "gradients" | "pairs" | "hiddenStates";

/** What a score says: for or against the target, a share of attention, or only how much it matters. */
export type ScoreKind = "signed" | "attention" | "size";

/** What views must know of a method without running it. */
export interface MethodInfo {
  readonly id: MethodId;
  /** Short name shown to people. */
  readonly label: string;
  readonly needs: readonly MethodNeed[];
  readonly scores: ScoreKind;
}

/** The methods this version can run; a name of {@link methodIds} that is not here is known, but not yet available. */
export const methods: readonly MethodInfo[] = [
  { id: "lime", label: "LIME", needs: ["evaluations"], scores: "signed" },
  { id: "occlusion", label: "Leave one out", needs: ["evaluations"], scores: "signed" },
  { id: "partitionShap", label: "Owen values", needs: ["evaluations"], scores: "signed" },
  { id: "attention", label: "Attention", needs: ["attention"], scores: "attention" },
  { id: "rollout", label: "Attention, rollout", needs: ["attention"], scores: "attention" },
  { id: "saliency", label: "Saliency", needs: ["gradients"], scores: "size" },
  { id: "gradientXInput", label: "Gradient × input", needs: ["gradients"], scores: "signed" },
  { id: "smoothGrad", label: "SmoothGrad", needs: ["gradients"], scores: "size" },
  { id: "integratedGradients", label: "Integrated gradients", needs: ["gradients"], scores: "signed" },
  { id: "deepLift", label: "DeepLIFT", needs: ["gradients", "pairs"], scores: "signed" },
  { id: "lrp", label: "Relevance (AttnLRP)", needs: ["gradients"], scores: "signed" },
  { id: "random", label: "Random", needs: [], scores: "signed" },
];

/** The {@link MethodInfo} of an available method, or `undefined`. */
export function methodInfo(id: MethodId): MethodInfo | undefined {
  return methods.find((method) => method.id === id);
}

/** Whether scores of tokens add up to that of their word, as signed scores and shares do; of sizes, and of an unknown method, the mean is taken. */
export function addsUp(id: MethodId | undefined): boolean {
  const kind = id === undefined ? undefined : methodInfo(id)?.scores;
  return kind === "signed" || kind === "attention";
}

/** Whether a string names a method, available or not. */
export function isMethodId(name: string): name is MethodId {
  return (methodIds as readonly string[]).includes(name);
}
