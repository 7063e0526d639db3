import type { AttentionInfo, Explanation } from "../../../src/common/explanation";
import type { Look } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { positionOf, writtenOf } from "../../../src/common/prediction/registry";
import { fill } from "../../../src/common/words";

/** Where a matrix is looked at. */
export interface MatrixPlace {
  /** Which stretch of a long text it is of, from 0. */
  readonly window: number;
  readonly layer: number;
  readonly head: number;
  /** The layer of several heads as one matrix; `null` takes all layers. */
  readonly matrixLayer: number | null;
  /** The head whose alignment of output and text is looked at; `null` takes all. */
  readonly alignedHead: number | null;
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
  readonly look: (place: MatrixPlace, explanation: Explanation) => Look<"head" | "aggregate" | "alignment" | "rollout">;
  /** It is of the whole output, from which every row is, and of the text; of models of an encoder and a decoder. */
  readonly alignsOutput: boolean;
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
    alignsOutput: false,
  };
}

/** What was written from the explained token on, without the last, from which nothing is predicted. */
function restOf(explanation: Explanation): number[] {
  const from = positionOf(explanation) ?? 0;
  return writtenOf(explanation.prediction)
    .slice(from, -1)
    .map(({ id }) => id);
}

/** What can be looked at, in the order of the choices. */
export const matrixKinds = {
  heads: {
    label: (strings) => strings.aggregateHeads,
    title: ({ layer, head }, strings) => fill(strings.layerAndHead, layer + 1, head + 1),
    isOfLayers: false,
    covers: ({ layer, head }) => ({ layer, head }),
    look: ({ layer, head }) => ({ kind: "head", layer, head }),
    alignsOutput: false,
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
    alignsOutput: false,
  },
  alignment: {
    label: (strings) => strings.aggregateAlignment,
    title: (_place, strings) => strings.alignmentTitle,
    isOfLayers: true,
    covers: ({ matrixLayer, alignedHead }) => ({ layer: matrixLayer, head: alignedHead }),
    look: ({ matrixLayer, alignedHead }, explanation) => ({
      kind: "alignment",
      layer: matrixLayer,
      head: alignedHead,
      rest: restOf(explanation),
    }),
    alignsOutput: true,
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

/** The layers of attention that a matrix can be of, as places among all. */
export function layersOf(matrix: MatrixId, attention: AttentionInfo): number[] {
  const all = Array.from({ length: attention.layers }, (_, layer) => layer);
  return matrixKinds[matrix].alignsOutput ? all.filter((layer) => attention.stages?.[layer]?.part === "cross") : all;
}

/** Whether a model has what a matrix is of. */
export function isPossible(matrix: MatrixId, attention: AttentionInfo): boolean {
  return layersOf(matrix, attention).length > 0;
}

/** All of {@link matrixKinds} with their names. */
export const matrixEntries = Object.entries(matrixKinds) as readonly (readonly [MatrixId, MatrixKind])[];
