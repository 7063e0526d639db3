import { type Fields, fieldsOf, hasFields, isCount, isIndex, isIndexList, isKeyOf, isListOf, orNull } from "./checks";
import { ExplainError } from "./errors";
import { type Explanation, windowTokens } from "./explanation";
import type { ModelReference } from "./model";

/** The tokens that are looked at, as the model read them: enough to compute what is looked at again after a restart. */
export interface LookSource {
  readonly model: ModelReference;
  readonly ids: readonly number[];
  /** Which of two texts each belongs to. */
  readonly segments: readonly number[];
  /** Which of them are special tokens. */
  readonly special: readonly boolean[];
}

/** One attention matrix; `values[q * keys + k]` is how much query `q` looks at key `k`. */
export interface HeadMatrix {
  readonly queries: number;
  readonly keys: number;
  readonly values: Float32Array;
}

/** Figures of one head: mean row entropy in bits, mean |q − k| weighted by attention, share of attention on special tokens (0 to 1). */
export interface HeadFigures {
  readonly layer: number;
  readonly head: number;
  readonly entropy: number;
  readonly meanDistance: number;
  readonly specialMass: number;
}

/** All heads at thumbnail size: `thumbnails` is uint8 [layers, heads, side, side], 255 = `maximum[layer * heads + head]`. */
export interface AttentionOverview {
  readonly layers: number;
  readonly heads: number;
  readonly side: number;
  readonly thumbnails: Uint8Array;
  readonly maximum: Float32Array;
  readonly figures: readonly HeadFigures[];
}

/** Figures of one head, and what share of its attention is at which distance and carried by how large weights; see {@link AttentionProfile}. */
export interface HeadProfile extends HeadFigures {
  readonly byDistance: readonly number[];
  readonly byWeight: readonly number[];
}

/** How all heads look at a text, without their matrices. */
export interface AttentionProfile {
  /** The least |q − k| of each step of {@link HeadProfile.byDistance}, in tokens: 0, 1, 2, 4, … */
  readonly distances: readonly number[];
  /** The least weight of each step of {@link HeadProfile.byWeight}. */
  readonly weights: readonly number[];
  /** Layer after layer. */
  readonly heads: readonly HeadProfile[];
}

/** What other attention does to the probability of a class, where the reading token's weights on the text's own tokens are exchanged (Jain and Wallace 2019). Changes are sizes, from 0 to 1. */
export interface AttentionChanges {
  /** How often the weights were shuffled, each time in every head on its own. */
  readonly shuffles: number;
  /** The median change where they are shuffled in the last layer, and where in all layers. */
  readonly shuffledLast: number;
  readonly shuffledAll: number;
  /** The Jensen–Shannon divergence (mean of the heads, 0 to ln 2) of the most different attention that was found for the last layer with which the probability stays within .01, and what it changes. */
  readonly divergence: number;
  readonly movedByOther: number;
  /** Runs of the model. */
  readonly evaluations: number;
}

/** How often {@link Looks.changes} shuffles attention, and how many runs of the model its search for the most different takes at most. */
export const attentionShuffles = 20;
export const mostSearchedRuns = 60;
/** How many runs of the model {@link Looks.changes} takes at least: the text as it is, and each shuffle in the last layer and in all. */
export const leastChangeRuns = 1 + 2 * attentionShuffles;

/** What of the inside of a model can be pulled when it is looked at: what is asked, and the answer. */
export interface Looks {
  overview: { params: Record<never, never>; result: AttentionOverview };
  head: { params: { readonly layer: number; readonly head: number }; result: HeadMatrix };
  /** The mean or maximum over the heads of a layer, or (`null`) of all layers, as one matrix. */
  aggregate: {
    params: { readonly by: keyof typeof aggregates; readonly layer: number | null };
    result: HeadMatrix;
  };
  /**
   * How the output of an encoder and a decoder looks at the text: [output, text], the mean of a layer's heads or one of them, or the mean of all layers (`null`). `rest` are the ids of what
   * was written behind the tokens that are looked at, without the last, which nothing is predicted from.
   */
  alignment: {
    params: { readonly layer: number | null; readonly head: number | null; readonly rest: readonly number[] };
    result: HeadMatrix;
  };
  /** Attention rollout through all layers (Abnar & Zuidema 2020). */
  rollout: { params: Record<never, never>; result: HeadMatrix };
  /** Figures of all heads: entropy, distance, special tokens. */
  profile: { params: Record<never, never>; result: AttentionProfile };
  /** What other attention does to the probability of the class at `index`; where outputs are read at tokens to that of one output at each of `places`, their mean. */
  changes: {
    params: { readonly index: number; readonly seed: number; readonly places: readonly OutputPlace[] };
    result: AttentionChanges;
  };
}

/** An output at a token, by its place among the tokens that are looked at. */
export interface OutputPlace {
  readonly position: number;
  readonly output: number;
}

/** The name of something to look at. */
export type LookKind = keyof Looks;

/** One thing to look at. */
export type Look<K extends LookKind = LookKind> = { readonly [P in K]: { readonly kind: P } & Looks[P]["params"] }[K];

const aggregates = { mean: null, maximum: null };
const isAggregate = isKeyOf(aggregates);
const isLayer = orNull(isIndex);
const areOutputPlaces = isListOf(hasFields<OutputPlace>({ position: isIndex, output: isCount }));
/** More than a model is asked to write. */
const mostRest = 10_000;

/** For each kind, what a value of unknown fields asks for; `null` where it is no such question. */
const lookChecks: { readonly [K in LookKind]: (fields: Fields) => Look<K> | null } = {
  overview: () => ({ kind: "overview" }),
  head: ({ layer, head }) => (isIndex(layer) && isIndex(head) ? { kind: "head", layer, head } : null),
  aggregate: ({ by, layer }) => (isAggregate(by) && isLayer(layer) ? { kind: "aggregate", by, layer } : null),
  alignment: ({ layer, head, rest }) =>
    isLayer(layer) && isLayer(head) && isIndexList(rest) && rest.length <= mostRest
      ? { kind: "alignment", layer, head, rest: [...rest] }
      : null,
  rollout: () => ({ kind: "rollout" }),
  profile: () => ({ kind: "profile" }),
  changes: ({ index, seed, places }) =>
    isCount(index) && isCount(seed) && areOutputPlaces(places)
      ? { kind: "changes", index, seed, places: places.map(({ position, output }) => ({ position, output })) }
      : null,
};

const isLookKind = isKeyOf(lookChecks);

/** A look that another process or a web view asks for, with nothing in it but what its kind names; `null` where it is none. */
export function readLook(value: unknown): Look | null {
  const fields = fieldsOf(value);
  return isLookKind(fields.kind) ? lookChecks[fields.kind](fields) : null;
}

/**
 * What the engine needs to look at one window of an explanation again. Masked tokens carry the id the explanation lists, which is the one the model read.
 * Throws where there is no such window.
 */
export function lookSource(explanation: Pick<Explanation, "model" | "tokens" | "windows">, window: number): LookSource {
  if (window >= Math.max(1, explanation.windows.length)) {
    throw new ExplainError("internal", "The text has no part {0}.", window + 1);
  }
  const tokens = windowTokens(explanation, window).flatMap((index) => explanation.tokens[index] ?? []);
  return {
    model: explanation.model.reference,
    ids: tokens.map(({ id }) => id),
    segments: tokens.map(({ segment }) => segment),
    special: tokens.map(({ special }) => special),
  };
}
