import { attributeOf, integerAttribute } from "../../node";
import { dividedBy, times } from "../../shapes/dims";
import type { Rule, Step } from "../rule";
import type { Writer } from "../writer";

/*
 * Operators that make one number of many, along some axes. The adjoint of the result is first brought back to where those axes have size 1 (it has
 * lost them where `keepdims` is 0); spread over the shape of x it then meets the derivative at every place.
 */

/** A rule from ∂x written with the result and its adjoint, both broadcastable to x; `sum` adds along the same axes. */
function reduction(
  adjoint: (x: string, y: string, g: string, w: Writer, sum: (value: string) => string) => string,
): Rule {
  return (step) => {
    const { x, y, g, w } = step;
    return [
      () => {
        const [input] = x;
        const result = adjoint(input, kept(y, step), kept(g, step), w, (value) => sumAlike(value, step));
        w.shapes.note(result, w.shapes.of(input));
        return result;
      },
    ];
  };
}

/** The axes: an input from some operator set on, a setting before; a value, numbers, or nothing. */
function axesOf({ node, x: [, axes] }: Step): string | readonly number[] | undefined {
  return axes || attributeOf(node, "axes")?.ints.map(Number);
}

/** A result with the axes it lost put back as axes of size 1. Of a result without any axes nothing is needed: it spreads by itself. */
function kept(value: string, step: Step): string {
  const axes = axesOf(step);
  if (integerAttribute(step.node, "keepdims", 1) === 1 || axes === undefined) {
    return value;
  }
  return typeof axes === "string" ? step.w.op("Unsqueeze", [value, axes]) : step.w.unsqueeze(value, axes);
}

function sumAlike(value: string, step: Step): string {
  const axes = axesOf(step);
  const noop = integerAttribute(step.node, "noop_with_empty_axes", 0);
  const input = typeof axes === "string" ? [axes] : axes ? [step.w.integers(axes)] : [];
  return step.w.op("ReduceSum", [value, ...input], { keepdims: 1, noop_with_empty_axes: noop });
}

function spread(value: string, x: string, w: Writer): string {
  return w.op("Expand", [value, w.shape(x)]);
}

/** y = Σ x: ∂x = g at every place. */
const sum = reduction((x, _, g, w) => spread(g, x, w));

/** y = Σ x / n: ∂x = g/n at every place, n the number of elements that make one of y. */
const mean: Rule = (step) => reduction((x, _, g, w) => spread(w.div(g, elementsPerResult(x, step.y, w)), x, w))(step);

function elementsPerResult(x: string, y: string, w: Writer): string {
  const [from, to] = [w.shapes.of(x), w.shapes.of(y)];
  const known = from && to ? dividedBy(times(from), times(to)) : undefined;
  const count = (value: string) => w.castLike(w.op("Size", [value]), x, undefined);
  return typeof known === "number" ? w.number(known, x) : w.div(count(x), count(y));
}

/** y = max x, or min: ∂x = g / n where x = y, else 0, with n the number of such places. */
const extreme = reduction((x, y, g, w, sumAgain) => {
  const hits = w.castLike(w.op("Equal", [x, y]), x, undefined);
  return w.mul(hits, w.div(g, sumAgain(hits)));
});

/** y = √Σx²: ∂x = g·x/y, and 0 where y is 0. */
const norm = reduction((x, y, g, w) => {
  const isZero = w.op("Equal", [y, w.number(0, x)]);
  return w.mul(x, w.where(isZero, w.number(0, x), w.div(g, y)));
});

/** y = Σ|x|: ∂x = g·sign x. */
const sumOfAbsolutes = reduction((x, _, g, w) => w.mul(g, w.op("Sign", [x])));

/** y = Σx²: ∂x = 2·g·x. */
const sumOfSquares = reduction((x, _, g, w) => w.mul(w.mul(w.number(2, x), g), x));

/** y = log Σeˣ: ∂x = g·e^(x−y). */
const logOfSum = reduction((x, y, g, w) => w.mul(g, w.op("Exp", [w.sub(x, y)])));

/** Rules of sums, means, extremes and the like over axes. */
export const reductions: ReadonlyMap<string, Rule> = new Map([
  ["ReduceSum", sum],
  ["ReduceMean", mean],
  ["ReduceMax", extreme],
  ["ReduceMin", extreme],
  ["ReduceL1", sumOfAbsolutes],
  ["ReduceL2", norm],
  ["ReduceSumSquare", sumOfSquares],
  ["ReduceLogSumExp", logOfSum],
]);
