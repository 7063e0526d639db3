/** What views must know of a measure without running it. */
export interface MeasureInfo {
  readonly label: string;
  /** Which variant it is, and whether high or low is good. */
  readonly words: string;
  readonly isBetter: "high" | "low";
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
} as const satisfies Readonly<Record<string, MeasureInfo>>;

/** The name of a measure. */
export type MeasureId = keyof typeof measures;

/** Whether a string names a measure. */
export function isMeasureId(name: string): name is MeasureId {
  return Object.hasOwn(measures, name);
}

/** The names of all measures, in the order of all lists. */
export const measureIds: readonly MeasureId[] = Object.keys(measures).filter(isMeasureId);
