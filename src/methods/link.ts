import { sigmoid } from "../tasks/target";

/** What LIME explains of a target's value, as a function of it. */
export interface Link {
  readonly of: (value: number) => number;
  /** The value of which so much is explained. */
  readonly from: (explained: number) => number;
  /** How steeply what is explained follows the value where it is so much, at most 1. */
  readonly steepness: (explained: number) => number;
  /** Values further from 0 than this count as this: beyond it, what is explained does not change. */
  readonly bound: number;
}

/** From log-odds to their probability. */
export const probabilityLink: Link = {
  of: sigmoid,
  from: (probability) => Math.log(probability / (1 - probability)),
  steepness: (probability) => 4 * probability * (1 - probability),
  bound: 40,
};

/** A plain number, as it is. */
export const numberLink: Link = {
  of: (value) => value,
  from: (value) => value,
  steepness: () => 1,
  bound: Number.POSITIVE_INFINITY,
};
