import type { Look } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";

/** Where a matrix is looked at. */
export interface MatrixPlace {
  /** Which stretch of a long text it is of, from 0. */
  readonly window: number;
  readonly layer: number;
  readonly head: number;
  /** The layer of several heads as one matrix; `null` takes all layers. */
  readonly matrixLayer: number | null;
}

/** One way to look at a head, or at several as one matrix. */
interface MatrixKind {
  /** What it is called among the others. */
  readonly label: (strings: PanelStrings) => string;
  readonly title: (place: MatrixPlace, strings: PanelStrings) => string;
  /** Choosing a head chooses its layer only. */
  readonly isOfLayers: boolean;
  /** The layer and head it is of; `null` where it is of all. */
  readonly covers: (place: MatrixPlace) => { readonly layer: number | null; readonly head: number | null };
  readonly look: (place: MatrixPlace) => Look<"head" | "aggregate" | "rollout">;
}

/** Heads of one layer, or of all, taken together. */
function ofLayers(
  by: "mean" | "maximum",
  words: (strings: PanelStrings) => { readonly label: string; readonly ofAll: string; readonly ofLayer: string },
): MatrixKind {
  return {
    label: (strings) => words(strings).label,
    title: ({ matrixLayer }, strings) =>
      matrixLayer === null ? words(strings).ofAll : fill(words(strings).ofLayer, matrixLayer + 1),
    isOfLayers: true,
    covers: ({ matrixLayer }) => ({ layer: matrixLayer, head: null }),
    look: ({ matrixLayer }) => ({ kind: "aggregate", by, layer: matrixLayer }),
  };
}

/** What can be looked at, in the order of the choices. */
export const matrixKinds = {
  heads: {
    label: (strings) => strings.aggregateHeads,
    title: ({ layer, head }, strings) => fill(strings.layerAndHead, layer + 1, head + 1),
    isOfLayers: false,
    covers: ({ layer, head }) => ({ layer, head }),
    look: ({ layer, head }) => ({ kind: "head", layer, head }),
  },
  mean: ofLayers("mean", ({ aggregateMean, meanOfAll, meanOfLayer }) => ({
    label: aggregateMean,
    ofAll: meanOfAll,
    ofLayer: meanOfLayer,
  })),
  maximum: ofLayers("maximum", ({ aggregateMaximum, maximumOfAll, maximumOfLayer }) => ({
    label: aggregateMaximum,
    ofAll: maximumOfAll,
    ofLayer: maximumOfLayer,
  })),
  rollout: {
    label: (strings) => strings.aggregateRollout,
    title: (_place, strings) => strings.rolloutTitle,
    isOfLayers: false,
    covers: () => ({ layer: null, head: null }),
    look: () => ({ kind: "rollout" }),
  },
} satisfies Readonly<Record<string, MatrixKind>>;

/** The name of a way to look at heads. */
export type MatrixId = keyof typeof matrixKinds;

/** Which matrix is looked at, and where. */
export interface MatrixChoice extends MatrixPlace {
  /** One head, or several as one matrix. */
  readonly matrix: MatrixId;
}

/** Names a choice; equal names mean the same matrix of one text. */
export function choiceName(choice: MatrixChoice): string {
  const { layer, head } = matrixKinds[choice.matrix].covers(choice);
  return `${choice.window}:${choice.matrix}.${layer ?? "all"}.${head ?? "all"}`;
}

/** All of {@link matrixKinds} with their names. */
export const matrixEntries = Object.entries(matrixKinds) as readonly (readonly [MatrixId, MatrixKind])[];
