import { integerTensor } from "../tensor";
import { embedding, sizeOf } from "./layers";
import type { Net } from "./net";
import { type Buckets, relativeBuckets } from "./relativeBuckets";

/** What is learned to be added to scores by the distance from query to key: [1, heads, tokens, tokens], from the table `name` [buckets, heads]. */
export function distanceBias(
  net: Net,
  ids: string,
  name: string,
  { buckets, heads }: { readonly buckets: Buckets; readonly heads: number },
): string {
  const bucket = bucketed(net, distances(net, ids), relativeBuckets(buckets), buckets.furthest, name);
  const biases = embedding(net, bucket, name, [buckets.count, heads]);
  return net.add("Unsqueeze", [net.add("Transpose", [biases], { perm: [2, 0, 1] }), net.integers(0)]);
}

/** The place of each key less that of each query, int64 [queries, keys]. */
export function distances(net: Net, ids: string): string {
  const places = net.range(sizeOf(net, ids, 1));
  const [query = "", key = ""] = [1, 0].map((axis) => net.add("Unsqueeze", [places, net.integers(axis)]));
  return net.add("Sub", [key, query]);
}

/** What a list says of each distance from −furthest to furthest; beyond as at the ends. */
export function bucketed(net: Net, distance: string, list: readonly number[], furthest: number, about: string): string {
  const near = net.add("Max", [net.add("Min", [distance, net.integer(furthest)]), net.integer(-furthest)]);
  const table = net.constant(integerTensor("", [list.length], list.map(BigInt)), `${about}.buckets`);
  return net.add("Gather", [table, net.add("Add", [near, net.integer(furthest)])]);
}
