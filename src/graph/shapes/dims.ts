import type { DimensionProto } from "../onnxSchema";
/**
 * A size: a number, or a name that means the same size wherever it occurs. Sizes that are products carry their factors in the name,
 * `12*batch`, so that what a Reshape folds together another can take apart again.
 */
export type Dim = number | string;

/** The sizes of a tensor, outermost first. */
export type Shape = readonly Dim[];

interface Factors {
  readonly number: number;
  readonly names: readonly string[];
}

/** A size as a number times names that are no products themselves. */
export function factorsOf(dim: Dim): Factors {
  if (typeof dim === "number") {
    return { number: dim, names: [] };
  }
  const parts = dim.split("*");
  const number = Number(parts[0]);
  return Number.isInteger(number) ? { number, names: parts.slice(1) } : { number: 1, names: parts };
}

function fromFactors({ number, names }: Factors): Dim {
  if (number === 0 || names.length === 0) {
    return number;
  }
  return [...(number === 1 ? [] : [String(number)]), ...names.toSorted()].join("*");
}

/** The product of sizes; 1 for none. */
export function times(dims: Shape): Dim {
  const factors = dims.map(factorsOf);
  return fromFactors({
    number: factors.reduce((product, { number }) => product * number, 1),
    names: factors.flatMap(({ names }) => names),
  });
}

/** What a size that is known by name only is taken for at least. */
const smallText = 16;

/** About how many elements a shape has for a short text; sizes known by name count as one that is short, empty axes as one element. */
export function atLeast(dims: Shape): number {
  return dims
    .map(factorsOf)
    .reduce((product, { number, names }) => product * Math.max(1, Math.abs(number)) * smallText ** names.length, 1);
}

/** How often `divisor` goes into `dividend`; `undefined` where that cannot be told or is no whole number. */
export function dividedBy(dividend: Dim, divisor: Dim): Dim | undefined {
  const above = factorsOf(dividend);
  const below = factorsOf(divisor);
  const names = [...above.names];
  for (const name of below.names) {
    const at = names.indexOf(name);
    if (at < 0) {
      return undefined;
    }
    names.splice(at, 1);
  }
  const number = above.number / below.number;
  return Number.isInteger(number) ? fromFactors({ number, names }) : undefined;
}

/** The size of one of so many equal parts: all but the last have the same, the last may be smaller. `undefined` where that cannot be told. */
export function partOf(whole: Dim | undefined, part: number, count: number): Dim | undefined {
  if (typeof whole === "number") {
    const usual = Math.ceil(whole / count);
    return Math.min(usual, Math.max(0, whole - part * usual));
  }
  return whole === undefined ? undefined : dividedBy(whole, count);
}

/** An axis counted from the front, for a tensor of that many axes. */
export function axisFromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** A size as files note it: a number, a name, or nothing where it is not known. */
export function dimension(dim: Dim): DimensionProto {
  return typeof dim === "number" ? { dimValue: dim } : dim.startsWith("?") ? {} : { dimParam: dim };
}
