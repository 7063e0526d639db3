import type { LayerAttention } from "./attentionScores";

/** A vector of each token: float32 [tokens, width]. */
export interface TokenVectors {
  readonly width: number;
  readonly values: Float32Array;
}

/** An attention map, and gradients of the target with respect to it, shaped alike. */
export interface MapGradients extends LayerAttention {
  /** `cross` where the output looks at the text. */
  readonly kind: "self" | "cross";
  readonly slopes: Float32Array;
}

/** Gradients of the target, first layer first. */
export interface InsideGradients {
  /** Whether the model has no other attention than these maps: no second stream of tokens, and none from one to the other. */
  readonly isAll: boolean;
  /** Where the output begins, in models that read a text apart from the output so far; `null` in models of one stream. */
  readonly outputFrom: number | null;
  /** With respect to the attention maps, in the order in which they are computed. */
  readonly maps: readonly MapGradients[];
  /** With respect to the states, in the order of {@link InsideTarget.states}; empty where the states of the model were not found. In models of two streams of the output's alone. */
  readonly states: readonly TokenVectors[];
}

/** Blocks, first one first. */
export interface AttendedBlocks {
  /** As in {@link InsideGradients}. */
  readonly isAll: boolean;
  readonly blocks: readonly AttendedBlock[];
}

/** How the attention of a block comes into the stream: y_i = x_i + Σ_h Σ_j A^h_ij·v^h_j·W^h + b, normalised afterwards or not. */
export interface AttendedBlock {
  readonly heads: number;
  /** v: float32 [heads, tokens, width of a head]. */
  readonly vectors: Float32Array;
  /** W: float32 [heads · width of a head, width]. */
  readonly weights: Float32Array;
  /** x, the states that the block reads. */
  readonly reads: TokenVectors;
  /** y, before a normalisation, and what goes on after it; the same where nothing is normalised here. */
  readonly sum: TokenVectors;
  readonly result: TokenVectors;
  /** `null` where the sum is not normalised; else what LayerNormalization multiplies with, and the ε of its deviation. */
  readonly normalisation: { readonly scale: Float32Array; readonly epsilon: number } | null;
}

/** What some tokens bring in a block to others. */
export interface Brought {
  /** The tokens that bring: from the first to before the end. */
  readonly first: number;
  readonly end: number;
  /** What is left of the others: float32 [others, width]. */
  readonly left: Float32Array;
  /** What of the token's vector in each head, after the output projection, and last of its own state comes to each: float32 [tokens that bring, others, heads + 1]. */
  readonly shares: Float32Array;
}

/**
 * One row inside the model: all that a method that looks there sees of model and text. Each part is computed when first asked for, hears the run's signal between
 * two runs of the model, and throws `method-unavailable` where it was not found in the model's graph.
 */
export interface InsideTarget {
  readonly tokens: number;
  /** The attention maps, first layer first. */
  maps(): Promise<readonly LayerAttention[]>;
  /** The states that each block reads, the embeddings first, and last what the last block leaves, after a final normalisation: one more than there are layers. */
  states(): Promise<readonly TokenVectors[]>;
  /** Gradients of the target with respect to maps and states, with the maps, by one run forward and back. */
  gradients(): Promise<InsideGradients>;
  /** Every block's way from value vectors into the stream. */
  attended(): Promise<AttendedBlocks>;
  /**
   * How far what each token brings is from what is left of each other one, float32 [tokens that bring, others]: the sum of absolute differences (ℓ₁), after the linear part of the block's
   * normalisation, less the mean and times the scale, where it has one.
   */
  distances(block: AttendedBlock, brought: Brought): Promise<Float32Array>;
  /**
   * Runs each block by itself on its own states, with the value vectors of one token after the other zeroed in all heads; `visit` hears the token, and what every
   * block leaves then.
   */
  zeroValues(visit: (token: number, left: readonly TokenVectors[]) => void): Promise<void>;
  /** The model's outputs with these attention maps in place of its own, float32 [heads, queries, keys] each. */
  withMaps(maps: readonly Float32Array[]): Promise<Float32Array>;
}
