import type { SubsetDesign } from "./design";
import { folds } from "./folds";

/** Sizes with fewer rows than this are treated together with their neighbours. */
const fewestRows = 8;

/** Per row the features it drops, ascending; row 0 is the whole text, which is outside the population. */
export type Dropped = readonly (readonly number[])[];

/** Groups of sizes whose rows together carry the mass of the group. */
export interface Strata {
  readonly ofSize: Int32Array;
  readonly list: readonly { readonly mass: number; readonly rows: number; readonly available: number }[];
  readonly masses: Float64Array;
}

/** Groups sizes so that each group has rows enough to know its own spread; a size drawn completely is one by itself. */
export function groupSizes(design: SubsetDesign, masses: Float64Array): Strata {
  const ofSize = new Int32Array(design.features + 1);
  const list: { mass: number; rows: number; available: number }[] = [];
  let open = -1;
  for (let size = 1; size <= design.features; size++) {
    const rows = design.counts[size] ?? 0;
    const available = design.available[size] ?? 0;
    const mass = masses[size] ?? 0;
    if (rows === available) {
      ofSize[size] = list.push({ mass, rows, available }) - 1;
      continue;
    }
    const group = list[open];
    if (group) {
      group.mass += mass;
      group.rows += rows;
      group.available += available;
      ofSize[size] = open;
    } else {
      open = list.push({ mass, rows, available }) - 1;
      ofSize[size] = open;
    }
    if ((list[open]?.rows ?? 0) >= fewestRows) {
      open = -1;
    }
  }
  mergeLast(list, ofSize, open);
  return { ofSize, list, masses };
}

/** Joins a last group with too few rows to the one before it that is not complete. */
function mergeLast(list: { mass: number; rows: number; available: number }[], ofSize: Int32Array, open: number): void {
  const last = list[open];
  if (!last) {
    return;
  }
  for (let earlier = open - 1; earlier >= 0; earlier--) {
    const group = list[earlier];
    if (group && group.rows < group.available) {
      group.mass += last.mass;
      group.rows += last.rows;
      group.available += last.available;
      last.mass = 0;
      last.rows = 0;
      for (let size = 0; size < ofSize.length; size++) {
        ofSize[size] = ofSize[size] === open ? earlier : (ofSize[size] ?? 0);
      }
      return;
    }
  }
}

/** Each row's weight in the population: mass of its size over rows expected like it, scaled so that a group's rows carry the group's mass. */
export function rowWeights(dropped: Dropped, design: SubsetDesign, strata: Strata): Float64Array {
  const weights = new Float64Array(dropped.length);
  const totals = new Float64Array(strata.list.length);
  for (let r = 1; r < weights.length; r++) {
    const size = dropped[r]?.length ?? 0;
    const group = strata.ofSize[size] ?? 0;
    const complete = strata.list[group]?.rows === strata.list[group]?.available;
    const weight = (strata.masses[size] ?? 0) / (complete ? 1 : Math.max(design.intensities[r - 1] ?? 0, 1e-12));
    weights[r] = weight;
    totals[group] = (totals[group] ?? 0) + weight;
  }
  for (let r = 1; r < weights.length; r++) {
    const group = strata.ofSize[dropped[r]?.length ?? 0] ?? 0;
    weights[r] = ((weights[r] ?? 0) * (strata.list[group]?.mass ?? 0)) / (totals[group] || 1);
  }
  return weights;
}

/** The share of each fold in the weight of each size's group: [sizes, folds]. */
export function foldShares(dropped: Dropped, strata: Strata, weights: Float64Array, fold: Int8Array): Float64Array {
  const groups = new Float64Array(strata.list.length * folds);
  for (let r = 1; r < weights.length; r++) {
    const at = (strata.ofSize[dropped[r]?.length ?? 0] ?? 0) * folds + (fold[r] ?? 0);
    groups[at] = (groups[at] ?? 0) + (weights[r] ?? 0);
  }
  const shares = new Float64Array(strata.masses.length * folds).fill(1 / folds);
  for (let size = 1; size < strata.masses.length; size++) {
    const group = strata.ofSize[size] ?? 0;
    const mass = strata.list[group]?.mass ?? 0;
    for (let f = 0; f < folds && mass > 0; f++) {
      shares[size * folds + f] = (groups[group * folds + f] ?? 0) / mass;
    }
  }
  return shares;
}
