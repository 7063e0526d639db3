import type { TextPart } from "../../text/textTree";

/** A block of features that Owen values open into two halves; a single feature has none. */
export interface OwenNode {
  readonly features: readonly number[];
  readonly halves: readonly [OwenNode, OwenNode] | null;
}

/** A text's tree with two branches everywhere: the parts of one level are halved again and again, each time into as many items on one side as on the other, or as near to it as can be. */
export function owenTree({ items, parts }: TextPart): OwenNode {
  return parts.length === 0 ? { features: items, halves: null } : join(parts.map(owenTree));
}

function join(nodes: readonly OwenNode[]): OwenNode {
  const [only] = nodes;
  if (only && nodes.length === 1) {
    return only;
  }
  const features = nodes.flatMap((node) => node.features);
  let cut = 1;
  let least = Number.POSITIVE_INFINITY;
  let before = 0;
  for (const [index, node] of nodes.slice(0, -1).entries()) {
    before += node.features.length;
    const difference = Math.abs(features.length - 2 * before);
    if (difference < least) {
      least = difference;
      cut = index + 1;
    }
  }
  return { features, halves: [join(nodes.slice(0, cut)), join(nodes.slice(cut))] };
}

/** How many evaluations Owen values ask for at most on so many features, whatever their tree is, both end points among them. */
function mostOwenEvaluations(features: number, samples: number): number {
  return features === 0 ? 0 : Math.min(2 ** features, 2 * Math.max(1, Math.floor(samples / 2)));
}

/** How many evaluations Owen values ask for on a tree. */
export function plannedOwenEvaluations(tree: OwenNode, samples: number): number {
  return Math.min(owenCost(tree), mostOwenEvaluations(tree.features.length, samples));
}

/**
 * How many evaluations it takes to open a whole tree: two end points, then two for each of the 2^depth backgrounds of each block;
 * 2 + 2(n² − 1)/3 for n features in a balanced tree, 2ⁿ at most.
 */
export function owenCost(tree: OwenNode): number {
  const below = (node: OwenNode): number =>
    node.halves === null ? 0 : 2 + 2 * (below(node.halves[0]) + below(node.halves[1]));
  return 2 + below(tree);
}
