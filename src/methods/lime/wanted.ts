import type { Link } from "../link";

/** How much a row is wanted where the probability is 0 or 1, compared with where it is a half: bounds how unequal the weights of rows become. */
const leastWanted = 0.15;

/** How much a row is wanted where a surrogate says `value`: the link's steepness, raised to {@link leastWanted} where it is 0. */
export function wantedAt(value: number, link: Link): number {
  return leastWanted + (1 - leastWanted) * link.steepness(link.of(value));
}
