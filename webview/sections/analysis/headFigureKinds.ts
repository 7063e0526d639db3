import type { HeadFigures } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";

/** A figure that every head has. */
interface HeadFigureKind {
  readonly name: (strings: PanelStrings) => string;
  /** What it says, in a sentence. */
  readonly help: (strings: PanelStrings) => string;
  readonly value: (figures: HeadFigures) => number;
  readonly words: (figures: HeadFigures) => string;
}

/** The figures of heads that can be shown, by their names in what is kept over a reload. */
export const headFigureKinds = {
  entropy: {
    name: (strings) => strings.figureEntropy,
    help: (strings) => strings.figureEntropyHelp,
    value: ({ entropy }) => entropy,
    words: ({ entropy }) => entropy.toFixed(1),
  },
  distance: {
    name: (strings) => strings.figureDistance,
    help: (strings) => strings.figureDistanceHelp,
    value: ({ meanDistance }) => meanDistance,
    words: ({ meanDistance }) => meanDistance.toFixed(1),
  },
  specials: {
    name: (strings) => strings.figureSpecials,
    help: (strings) => strings.figureSpecialsHelp,
    value: ({ specialMass }) => specialMass,
    words: ({ specialMass }) => wholePercent(specialMass),
  },
} as const satisfies Readonly<Record<string, HeadFigureKind>>;

/** The name of a figure of heads. */
export type HeadFigure = keyof typeof headFigureKinds;

/** What is analysed: the text that is shown, or the texts of a file. */
export type Subject = "text" | "file";

/** What the person chose to see of the analysis. */
export interface AnalysisView {
  readonly subject: Subject;
  /** Whether attention is changed, too. */
  readonly changed: boolean;
  /** Which figure of all heads. */
  readonly figure: HeadFigure;
}

/** A share in per cent without the sign, for a table that is headed by it; what is there but too small to see is not called nothing. */
export function wholePercent(share: number): string {
  return share > 0 && share < 0.005 ? "<1" : String(Math.round(100 * share));
}
