/** What views must know of a measure without running it. */
export interface MeasureInfo {
  readonly label: string;
  /** Which variant it is, and whether high or low is good. */
  readonly words: string;
  readonly isBetter: "high" | "low";
  /** It runs the method again, so that it takes several times what that took. */
  readonly reruns?: true;
  /** A figure over this is a reason to doubt the method, and which sentence says so. */
  readonly doubted?: { readonly over: number; readonly sentence: "textOnly" | "anyLabel" };
}

/** Every measure of how faithful scores are to what the model does, in the order of all lists. */
export const measures = {
  comprehensiveness: {
    label: "Comprehensiveness",
    words:
      "what hiding the strongest 1, 5, 10, 20 and 50 % takes from the probability, on average (ERASER); high is good",
    isBetter: "high",
  },
  sufficiency: {
    label: "Sufficiency",
    words:
      "what the probability lacks where only the strongest 1, 5, 10, 20 and 50 % are left, on average (ERASER); low is good",
    isBetter: "low",
  },
  deletionArea: {
    label: "Area under deletion",
    words: "the probability while the strongest 5, 10, … 100 % are hidden, on average; low is good",
    isBetter: "low",
  },
  insertionArea: {
    label: "Area under insertion",
    words: "the probability while only the strongest 5, 10, … 100 % are shown, on average; high is good",
    isBetter: "high",
  },
  leaveOneOut: {
    label: "Order of leave one out",
    words:
      "whether the scores are in the order of what leaving out one word at a time does (Kendall's τ-b); 1 is the same order, 0 none",
    isBetter: "high",
  },
  infidelity: {
    label: "Infidelity",
    words:
      "how far sums of scores are from what hiding the same words does, squared, for 64 drawn masks, scores scaled to fit best; low is good",
    isBetter: "low",
  },
  maxSensitivity: {
    label: "Max-sensitivity",
    words:
      "how much the scores change, as a share of their size, under the worst of 10 small noises on word embeddings; low is good; methods that go back through the model only",
    isBetter: "low",
    reruns: true,
  },
  seedStability: {
    label: "Stability over seeds",
    words:
      "how alike the orders of the scores are for 3 seeds, each with each (Kendall's τ-b); 1 is the same order; methods that draw only",
    isBetter: "high",
    reruns: true,
  },
  editStability: {
    label: "Stability over edits",
    words:
      "how alike the orders of the words are after edits that change no meaning: another case, a final full stop, a space (Kendall's τ-b); 1 is the same order",
    isBetter: "high",
    reruns: true,
  },
  randomLayers: {
    label: "Sanity check, random layers",
    words:
      "how alike the order of the scores is to that for the same model with all layers random (Kendall's τ-b; Adebayo et al. 2018); near 0 is good, near 1 says that the text is explained, not the model",
    isBetter: "low",
    reruns: true,
    doubted: { over: 0.5, sentence: "textOnly" },
  },
  otherLabel: {
    label: "Sanity check, other label",
    words:
      "how alike the order of the scores is to that for another label (Kendall's τ-b); near 1 says that the scores do not depend on what is explained",
    isBetter: "low",
    reruns: true,
    doubted: { over: 0.5, sentence: "anyLabel" },
  },
} as const satisfies Readonly<Record<string, MeasureInfo>>;

/** The name of a measure. */
export type MeasureId = keyof typeof measures;

/** Whether a string names a measure. */
export function isMeasureId(name: string): name is MeasureId {
  return Object.hasOwn(measures, name);
}

/** The names of all measures, in the order of all lists. */
export const measureIds: readonly MeasureId[] = Object.keys(measures).filter(isMeasureId);

/** What there is to know of a measure. */
export function measureInfo(id: MeasureId): MeasureInfo {
  return measures[id];
}

/** The measures that run no method again. */
export const quickMeasureIds: readonly MeasureId[] = measureIds.filter((id) => !measureInfo(id).reruns);

/** The measures that run methods again. */
export const rerunMeasureIds: readonly MeasureId[] = measureIds.filter((id) => measureInfo(id).reruns);
