import { type LimeFeatures, type Token, textsBySegment, type Unit } from "../common/explanation";

/** What a perturbation method drops together: each feature is a group of token indices. */
export interface FeatureSet {
  readonly kind: LimeFeatures;
  readonly groups: readonly (readonly number[])[];
  /** In how many places the words of each feature stand; once each where left out. */
  readonly times?: readonly number[];
}

/**
 * The features of a text. `token`: each token by itself. `word`, `sentence`: the tokens of one word or sentence. `bag`: the tokens of all words spelt
 * the same, upper and lower case told apart as the lime package does, in both texts of a pair. Special tokens and those
 * `eligible` refuses (already masked, outside a window) are in no feature; tokens in no unit belong to no feature of that kind.
 */
export function featureSet(
  kind: LimeFeatures,
  input: {
    readonly text: string;
    readonly pair: string | null;
    readonly output: string | null;
    readonly tokens: readonly Token[];
    readonly words: readonly Unit[];
    readonly sentences: readonly Unit[];
  },
  eligible: (token: Token) => boolean = () => true,
): FeatureSet {
  const usable = (index: number): boolean => {
    const token = input.tokens[index];
    return token !== undefined && !token.special && eligible(token);
  };
  if (kind === "token") {
    const groups = input.tokens.filter((token) => usable(token.index)).map((token) => [token.index]);
    return { kind, groups };
  }
  const texts = textsBySegment(input);
  const groups = new Map<string | number, number[]>();
  const times = new Map<string | number, number>();
  for (const [position, unit] of (kind === "sentence" ? input.sentences : input.words).entries()) {
    const tokens = unit.tokens.filter(usable);
    if (tokens.length === 0) {
      continue;
    }
    const source = texts[unit.segment] ?? "";
    const key = kind === "bag" ? source.slice(unit.start, unit.end) : position;
    groups.set(key, [...(groups.get(key) ?? []), ...tokens]);
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  return { kind, groups: [...groups.values()], times: [...times.values()] };
}

/** Which tokens a keep-mask of features keeps: writes 0 at the tokens of every dropped feature into `kept` [tokens]. */
export function dropTokens(features: FeatureSet, row: Uint8Array, kept: Uint8Array): void {
  for (const [feature, group] of features.groups.entries()) {
    if (row[feature] === 0) {
      for (const token of group) {
        kept[token] = 0;
      }
    }
  }
}

/** Whether a feature stands in several places, each of which shows its value: then what is shown is no sum. */
export function isRepeated({ times }: FeatureSet): boolean {
  return times?.some((count) => count > 1) ?? false;
}

/** The share of a feature's value that each of its tokens gets: all tokens of one place together get all of it. */
function tokenShare({ groups, times }: FeatureSet, feature: number): number {
  return (times?.[feature] ?? 1) / (groups[feature]?.length ?? 1);
}

/** A feature's value given to the tokens of each of its places in equal shares; tokens in no feature get 0. */
export function tokenShares(features: FeatureSet, values: ArrayLike<number>, tokens: number): number[] {
  const scores = new Array<number>(tokens).fill(0);
  for (const [feature, group] of features.groups.entries()) {
    for (const token of group) {
      scores[token] = (scores[token] ?? 0) + (values[feature] ?? 0) * tokenShare(features, feature);
    }
  }
  return scores;
}

/** Feature values as scores of units (words, sentences): the sum of the {@link tokenShares} of a unit's tokens, but each feature once at most. */
export function unitScores(
  features: FeatureSet,
  values: ArrayLike<number>,
  units: readonly Pick<Unit, "tokens">[],
): number[] {
  return unitShares(features, units).map((shares) => {
    let sum = 0;
    for (const [feature, share] of shares) {
      sum += share * (values[feature] ?? 0);
    }
    return sum;
  });
}

/** Standard errors of {@link unitScores} from those of the features, whose errors are taken as uncorrelated. */
export function unitStandardErrors(
  features: FeatureSet,
  errors: ArrayLike<number>,
  units: readonly Pick<Unit, "tokens">[],
): number[] {
  return unitShares(features, units).map((shares) => {
    let variance = 0;
    for (const [feature, share] of shares) {
      variance += (share * (errors[feature] ?? 0)) ** 2;
    }
    return Math.sqrt(variance);
  });
}

/** For each unit, what share of which features it gets. */
function unitShares(features: FeatureSet, units: readonly Pick<Unit, "tokens">[]): Map<number, number>[] {
  const featureOf = new Map<number, number>();
  for (const [feature, group] of features.groups.entries()) {
    for (const token of group) {
      featureOf.set(token, feature);
    }
  }
  return units.map((unit) => {
    const shares = new Map<number, number>();
    for (const token of unit.tokens) {
      const feature = featureOf.get(token);
      if (feature !== undefined) {
        shares.set(feature, Math.min(1, (shares.get(feature) ?? 0) + tokenShare(features, feature)));
      }
    }
    return shares;
  });
}
