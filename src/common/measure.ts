/** What views must know of a measure without running it. */
export interface MeasureInfo {
  readonly label: string;
  /** Which variant it is, and whether high or low is good. */
  readonly words: string;
}

/** Every measure of how faithful scores are to what the model does, in the order of all lists. */
export const measures = {
  comprehensiveness: {
    label: "Comprehensiveness",
    words:
      "what hiding the strongest 1, 5, 10, 20 and 50 % takes from the probability, on average (ERASER); high is good",
  },
  sufficiency: {
    label: "Sufficiency",
    words:
      "what the probability lacks where only the strongest 1, 5, 10, 20 and 50 % are left, on average (ERASER); low is good",
  },
  deletionArea: {
    label: "Area under deletion",
    words: "the probability while the strongest 5, 10, … 100 % are hidden, on average; low is good",
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
