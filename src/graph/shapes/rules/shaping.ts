import { attributeOf, integerAttribute } from "../../node";
import { axisFromFront, dividedBy, times } from "../dims";
import { axesOf, countOfAxes, first, type OneShape, ofFirst, ofSecond, type ShapeRules, shapeFrom } from "../rule";

const reshaped: OneShape = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const asked = shapes.valueOf(node.input[1]);
  if (!asked) {
    return shapes.anySizes(ofSecond(node, shapes)?.[0]);
  }
  const copies = integerAttribute(node, "allowzero", 0) === 0;
  const dims = asked.map((dim, axis) => (dim === 0 && copies ? (from?.[axis] ?? shapes.anySize()) : dim));
  const others = times(dims.filter((dim) => dim !== -1));
  const rest = from && others !== 0 ? dividedBy(times(from), others) : undefined;
  return dims.map((dim) => (dim === -1 ? (rest ?? shapes.anySize()) : dim));
};

const withAxes: OneShape = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const count = countOfAxes(node, shapes);
  if (!from || count === undefined) {
    return undefined;
  }
  const rank = from.length + count;
  if (from.length === 0) {
    return shapes.anySizes(rank)?.map(() => 1);
  }
  const axes = axesOf(node, rank, shapes);
  const rest = [...from];
  return axes
    ? shapes.anySizes(rank)?.map((_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1)))
    : shapes.anySizes(rank);
};

const withoutAxes: OneShape = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const axes = from && axesOf(node, from.length, shapes);
  const count = countOfAxes(node, shapes);
  if (!from || count === undefined) {
    return undefined;
  }
  return axes ? from.filter((_, axis) => !axes.includes(axis)) : shapes.anySizes(from.length - count);
};

const transposed: OneShape = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const order = attributeOf(node, "perm")?.ints.map(Number);
  return from && (order ? order.map((axis) => from[axis] ?? 1) : from.toReversed());
};

const flattened: OneShape = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const axis = from && axisFromFront(integerAttribute(node, "axis", 1), from.length);
  return from ? [times(from.slice(0, axis)), times(from.slice(axis))] : shapes.anySizes(2);
};

const tiled: OneShape = (node, shapes) => {
  const counts = shapes.valueOf(node.input[1]);
  const from = ofFirst(node, shapes) ?? shapes.anySizes(counts?.length);
  return from?.map((dim, axis) => times([dim, counts?.[axis] ?? shapes.anySize()]));
};

/** Operators that give the elements another order or copy them whole. */
export const shaping: ShapeRules = {
  Reshape: first(reshaped),
  Unsqueeze: first(withAxes),
  Squeeze: first(withoutAxes),
  Flatten: first(flattened),
  Transpose: first(transposed),
  Expand: first((node, shapes) => shapes.broadcast([ofFirst(node, shapes), shapeFrom(node.input[1], shapes)])),
  Tile: first(tiled),
};
