import type { AttentionProfile, HeadProfile } from "./look";

/** The mean of several profiles of one model. */
export function averageProfile(profiles: readonly AttentionProfile[]): AttentionProfile {
  return profiles.reduce(withProfile, { distances: [], weights: [], heads: [] });
}

/** The mean of `count` profiles with one more taken in; longer texts have steps of distance that shorter ones lack. */
export function withProfile(mean: AttentionProfile, next: AttentionProfile, count: number): AttentionProfile {
  if (count === 0) {
    return next;
  }
  const moved = (from: number, to: number) => from + (to - from) / (count + 1);
  const distances = next.distances.length > mean.distances.length ? next.distances : mean.distances;
  const heads = mean.heads.map((head, at): HeadProfile => {
    const other = next.heads[at] ?? head;
    return {
      layer: head.layer,
      head: head.head,
      entropy: moved(head.entropy, other.entropy),
      meanDistance: moved(head.meanDistance, other.meanDistance),
      specialMass: moved(head.specialMass, other.specialMass),
      byDistance: distances.map((_, step) => moved(head.byDistance[step] ?? 0, other.byDistance[step] ?? 0)),
      byWeight: mean.weights.map((_, step) => moved(head.byWeight[step] ?? 0, other.byWeight[step] ?? 0)),
    };
  });
  return { distances, weights: mean.weights, heads };
}

/** The mean of the heads of each layer, layer after layer, at each step of what `of` takes of a head. */
export function layerMeans(
  { heads }: AttentionProfile,
  of: (head: HeadProfile) => readonly number[],
): readonly (readonly number[])[] {
  return profileLayers(heads).map((own) =>
    (own[0] ? of(own[0]) : []).map((_, step) => own.reduce((sum, head) => sum + (of(head)[step] ?? 0) / own.length, 0)),
  );
}

/** Heads by their layer, layer after layer. */
export function profileLayers(heads: readonly HeadProfile[]): readonly (readonly HeadProfile[])[] {
  return [...new Set(heads.map(({ layer }) => layer))].map((layer) => heads.filter((head) => head.layer === layer));
}
