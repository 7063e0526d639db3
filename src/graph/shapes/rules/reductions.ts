import { attributeOf, integerAttribute } from "../../node";
import { axisFromFront, type Shape } from "../dims";
import { axesOf, countOfAxes, first, type OneShape, ofFirst, oneOf, type ShapeRules } from "../rule";

const reduced: OneShape = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  if (!shape) {
    return undefined;
  }
  const keep = integerAttribute(node, "keepdims", 1) === 1;
  const given = Boolean(node.input[1]) || attributeOf(node, "axes") !== undefined;
  const axes = axesOf(node, shape.length, shapes);
  if (given && !axes) {
    const count = countOfAxes(node, shapes);
    return shapes.anySizes(keep ? shape.length : count === undefined ? undefined : shape.length - count);
  }
  if (!axes || axes.length === 0) {
    const all = integerAttribute(node, "noop_with_empty_axes", 0) === 0;
    return all ? (keep ? shape.map(() => 1) : []) : shape;
  }
  return withReduced(shape, axes, keep);
};

const reducedByPlace: OneShape = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  const axis = shape && axisFromFront(integerAttribute(node, "axis", 0), shape.length);
  return axis === undefined ? undefined : withReduced(shape, [axis], integerAttribute(node, "keepdims", 1) === 1);
};

function withReduced(shape: Shape | undefined, axes: readonly number[], keep: boolean): Shape | undefined {
  return keep
    ? shape?.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape?.filter((_, axis) => !axes.includes(axis));
}

/** Operators that make one element of all those along some axes. */
export const reductions: ShapeRules = {
  ...oneOf(
    "ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceProd ReduceLogSum ReduceLogSumExp",
    first(reduced),
  ),
  ...oneOf("ArgMax ArgMin", first(reducedByPlace)),
};
