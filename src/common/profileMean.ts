import type { AttentionProfile, HeadProfile } from "./look";

/** The mean of several profiles of one model, in which longer texts have steps of distance that shorter ones lack. */
export function averageProfile(profiles: readonly AttentionProfile[]): AttentionProfile {
  const [first] = profiles;
  const longest = profiles.reduce(
    (most, profile) => (profile.distances.length > most.length ? profile.distances : most),
    [] as readonly number[],
  );
  if (!first || profiles.length === 1) {
    return first ?? { distances: [], weights: [], heads: [] };
  }
  const { weights } = first;
  const heads = first.heads.map((head, at): HeadProfile => {
    const mean = (of: (profile: HeadProfile) => number) =>
      profiles.reduce((sum, { heads: all }) => sum + of(all[at] ?? head) / profiles.length, 0);
    return {
      layer: head.layer,
      head: head.head,
      entropy: mean(({ entropy }) => entropy),
      meanDistance: mean(({ meanDistance }) => meanDistance),
      specialMass: mean(({ specialMass }) => specialMass),
      byDistance: longest.map((_, step) => mean(({ byDistance }) => byDistance[step] ?? 0)),
      byWeight: weights.map((_, step) => mean(({ byWeight }) => byWeight[step] ?? 0)),
    };
  });
  return { distances: longest, weights, heads };
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
