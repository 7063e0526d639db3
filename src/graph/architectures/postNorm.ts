import { selfAttention } from "./attention";
import { layerNorm, linear } from "./layers";
import type { Net } from "./net";

/** Names of the weights of a block whose norms come after each sum, without `.weight` and `.bias`. */
export interface BlockNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** The map of the joined heads. */
  readonly joined: string;
  readonly attentionNorm: string;
  readonly grown: string;
  readonly shrunk: string;
  readonly norm: string;
}

/** Sizes of such a block: of states, of the inner layer, how many heads, and what is between the inner layer's two maps. */
export interface BlockSizes {
  readonly width: number;
  readonly heads: number;
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: (net: Net, x: string) => string;
}

/** Attention, sum, norm, two linear maps, sum, norm (Vaswani et al. 2017, 3.1); `mask` is added to the scores of attention. */
export function postNormBlock(net: Net, states: string, names: BlockNames, sizes: BlockSizes, mask: string): string {
  const { query, key, value } = names;
  const { heads, width } = sizes;
  return afterHeads(net, states, selfAttention(net, states, { query, key, value, heads, width, mask }), names, sizes);
}

/** What comes in such a block after its heads are joined: `context` [batch, tokens, width]. */
export function afterHeads(net: Net, states: string, context: string, names: BlockNames, sizes: BlockSizes): string {
  const { width, inner, epsilon, activation } = sizes;
  const mixed = linear(net, context, names.joined, { inputs: width, outputs: width });
  const attended = layerNorm(net, net.add("Add", [mixed, states]), names.attentionNorm, { width, epsilon });
  const grown = activation(net, linear(net, attended, names.grown, { inputs: width, outputs: inner }));
  const shrunk = linear(net, grown, names.shrunk, { inputs: inner, outputs: width });
  return layerNorm(net, net.add("Add", [shrunk, attended]), names.norm, { width, epsilon });
}
