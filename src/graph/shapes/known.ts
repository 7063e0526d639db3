import type { Dim, Shape } from "./dims";

/** What is known of the shapes of a graph's values, to look at. */
export interface KnownShapes {
  /** The shape of a value; `undefined` where not even its rank is known. */
  of(value: string | undefined): Shape | undefined;
  /** The elements of a small tensor, as far as they are sizes. */
  valueOf(value: string | undefined): Shape | undefined;
  /** Every value of which at least the rank is known, with its shape. */
  all(): IterableIterator<[string, Shape]>;
}

/** What the rules of operators ask while shapes are worked out node by node. */
export interface ShapesSoFar extends Omit<KnownShapes, "all"> {
  /** Whether {@link KnownShapes.valueOf} gives floats. */
  isFloat(value: string | undefined): boolean;
  /** A size of which nothing is known, not even that it is the same as another one; where open sizes are numbers, at most `most`, or not a number. */
  anySize(most?: Dim): Dim;
  /** So many sizes of which nothing is known; `undefined` for a number of axes that is unknown or absurd. */
  anySizes(count: Dim | undefined): Shape | undefined;
  /** The shape of operands spread over each other as numpy does it. */
  broadcast(operands: readonly (Shape | undefined)[]): Shape | undefined;
}
