import type { LayerAttention } from "./attentionScores";

/** One row inside the model: all that a method that looks there sees of model and text. */
export interface InsideTarget {
  readonly tokens: number;
  /** The attention maps, first layer first. */
  maps(): Promise<readonly LayerAttention[]>;
}
