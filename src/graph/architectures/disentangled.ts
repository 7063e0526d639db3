import { splitHeads } from "./attention";
import type { BertSizes } from "./bertLike";
import { bucketed, distances } from "./distanceBias";
import { layerNorm, linear } from "./layers";
import type { Net } from "./net";
import { corruptSettings, unknownSetting } from "./refusals";
import type { Settings } from "./settings";

/** Distances beyond this are no model's. */
const furthest = 2 ** 16;

/** Vectors of distances and what scores are made of them. */
export interface Relative {
  /** One vector a bucket, float [1, buckets, width]. */
  readonly vectors: string;
  /** The bucket of each query and key, int64 [queries, keys]. */
  readonly bucket: string;
  readonly buckets: number;
  /** Whether what a query says meets where the key is, and whether where the query is meets what the key says. */
  readonly contentToPlace: boolean;
  readonly placeToContent: boolean;
  /** Whether distances go through the maps of queries and keys themselves. */
  readonly isShared: boolean;
}

/** What `relative_attention` and what belongs to it say; `null` where scores are of content alone. Throws `model-unsupported` for parts of scores that are not known. */
export function relativeOf(net: Net, ids: string, settings: Settings, sizes: BertSizes): Relative | null {
  const { width, epsilon, positions } = sizes;
  const parts = partsOf(settings);
  const isShared = settings.flag("share_att_key", false);
  const most = settings.number("max_relative_positions", -1);
  const count = settings.number("position_buckets", -1);
  const norm = settings.choice("norm_rel_ebd", ["none", "layer_norm"], "none");
  if (!settings.flag("relative_attention", false)) {
    return null;
  }
  const reach = most < 1 ? positions : most;
  const span = count > 0 ? count : reach;
  if (
    ![reach, span].every(Number.isInteger) ||
    Math.max(reach, span) > furthest ||
    (count > 0 && (count < 4 || reach <= count / 2 + 1))
  ) {
    throw corruptSettings("position_buckets and max_relative_positions do not fit each other");
  }
  const table = net.weight("encoder.rel_embeddings.weight", [2 * span, width]);
  const vectors = norm === "none" ? table : layerNorm(net, table, "encoder.LayerNorm", { width, epsilon });
  // A distance is the query's place less the key's here.
  const list = Array.from({ length: 2 * reach + 1 }, (_, index) => {
    const distance = reach - index;
    const moved = (count > 0 ? logarithmic(distance, count, reach) : distance) + span;
    return Math.min(Math.max(moved, 0), 2 * span - 1);
  });
  return {
    vectors: net.add("Unsqueeze", [vectors, net.integers(0)]),
    bucket: bucketed(net, distances(net, ids), list, reach, "encoder.rel_embeddings"),
    buckets: 2 * span,
    ...parts,
    isShared,
  };
}

function partsOf(settings: Settings): Pick<Relative, "contentToPlace" | "placeToContent"> {
  const given = settings.words("pos_att_type") ?? [];
  const other = given.find((part) => part !== "c2p" && part !== "p2c");
  if (other !== undefined) {
    throw unknownSetting("pos_att_type", other);
  }
  return { contentToPlace: given.includes("c2p"), placeToContent: given.includes("p2c") };
}

/** Near distances as they are, further ones by their logarithm (He et al. 2021, as version 2 of the models has it), in 32-bit steps as torch computes them. */
function logarithmic(distance: number, count: number, reach: number): number {
  const { fround, log, abs, sign, ceil } = Math;
  const middle = Math.floor(count / 2);
  const size = abs(distance) < middle ? middle - 1 : abs(distance);
  if (size <= middle) {
    return distance;
  }
  const range = fround(log(fround((reach - 1) / middle)));
  const grown = fround(fround(fround(log(fround(size / middle))) / range) * (middle - 1));
  return (ceil(grown) + middle) * sign(distance);
}

/** What scores are made of: queries and keys [batch, heads, tokens, width of a head], and names of a layer's maps. */
export interface Disentangled {
  readonly query: string;
  readonly key: string;
  readonly names: { readonly query: string; readonly key: string; readonly place: string; readonly placeQuery: string };
}

/** Scores of a layer, before the Softmax: content with content, content with place and place with content, by √(parts · width) (He et al. 2021, eq. 2). */
export function disentangledScores(
  net: Net,
  { query, key, names }: Disentangled,
  relative: Relative | null,
  { width, heads }: Pick<BertSizes, "width" | "heads">,
): string {
  const size = width / heads;
  const turned = (value: string) => net.add("Transpose", [value], { perm: [0, 1, 3, 2] });
  const parts = 1 + (relative?.contentToPlace ? 1 : 0) + (relative?.placeToContent ? 1 : 0);
  const scale = net.float(1 / Math.sqrt(size * parts));
  let scores = net.add("MatMul", [query, turned(key)]);
  if (relative) {
    const { vectors, isShared } = relative;
    const placesBy = (name: string) =>
      turned(splitHeads(net, linear(net, vectors, name, { inputs: width, outputs: width }), heads, size));
    if (relative.contentToPlace) {
      const all = net.add("MatMul", [query, placesBy(isShared ? names.key : names.place)]);
      scores = net.add("Add", [scores, picked(net, all, relative.bucket)]);
    }
    if (relative.placeToContent) {
      const all = net.add("MatMul", [key, placesBy(isShared ? names.query : names.placeQuery)]);
      const byKey = net.add("Transpose", [relative.bucket], { perm: [1, 0] });
      scores = net.add("Add", [scores, turned(picked(net, all, byKey))]);
    }
  }
  return net.add("Mul", [scores, scale]);
}

/** Of a value for each token and bucket [batch, heads, tokens, buckets], that of each token's own buckets [tokens, others]: [batch, heads, tokens, others]. */
function picked(net: Net, all: string, bucket: string): string {
  const shape = net.add("Slice", [net.add("Shape", [all]), net.integers(0), net.integers(2)]);
  const whole = net.add("Concat", [shape, net.add("Shape", [bucket])], { axis: 0 });
  return net.add("GatherElements", [all, net.add("Expand", [bucket, whole])], { axis: 3 });
}
