import { linear } from "./layers";
import type { Net } from "./net";

/** Sizes of a linear map that gives queries, keys and values head by head. */
export interface PackedHeads {
  readonly heads: number;
  readonly width: number;
  readonly bias: boolean;
}

/** Queries, keys and values, each [batch, heads, tokens, width of a head], of one linear map whose outputs are [heads, 3, width of a head]. */
export function packedHeads(net: Net, x: string, name: string, sizes: PackedHeads): readonly [string, string, string] {
  const { heads, width, bias } = sizes;
  const size = width / heads;
  const together = linear(net, x, name, { inputs: width, outputs: 3 * width, bias });
  const apart = net.add("Reshape", [together, net.integers(0, 0, heads, 3 * size)]);
  const byHead = net.add("Transpose", [apart], { perm: [0, 2, 1, 3] });
  const [query = "", key = "", value = ""] = net.several("Split", [byHead, net.integers(size, size, size)], 3, {
    axis: 3,
  });
  return [query, key, value];
}
