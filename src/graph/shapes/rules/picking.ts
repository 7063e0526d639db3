import { integerAttribute } from "../../node";
import { axisFromFront, times } from "../dims";
import { cutAt, first, type OneShape, ofFirst, ofSecond, type ShapeRules } from "../rule";

const gathered: OneShape = (node, shapes) => {
  const [data, indices] = [ofFirst(node, shapes), ofSecond(node, shapes)];
  if (!data || !indices) {
    return undefined;
  }
  const axis = axisFromFront(integerAttribute(node, "axis", 0), data.length);
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
};

const gatheredPlaces: OneShape = (node, shapes) => {
  const [data, indices] = [ofFirst(node, shapes), ofSecond(node, shapes)];
  const depth = indices?.at(-1);
  const batch = integerAttribute(node, "batch_dims", 0);
  return data && indices && typeof depth === "number"
    ? [...indices.slice(0, -1), ...data.slice(batch + depth)]
    : undefined;
};

const oneHot: OneShape = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const axis = from && integerAttribute(node, "axis", -1);
  const depth = shapes.valueOf(node.input[1])?.[0] ?? shapes.anySize();
  return axis === undefined ? undefined : from?.toSpliced(axisFromFront(axis, from.length + 1), 0, depth);
};

/** Operators that pick elements by their places. */
export const picking: ShapeRules = {
  TopK: (node, shapes) => {
    const shape = cutAt(ofFirst(node, shapes), [integerAttribute(node, "axis", -1)], shapes);
    return [shape, shape];
  },
  Gather: first(gathered),
  GatherElements: first(ofSecond),
  GatherND: first(gatheredPlaces),
  OneHot: first(oneHot),
  NonZero: first((node, shapes) => {
    const from = ofFirst(node, shapes);
    return [from?.length ?? shapes.anySize(), shapes.anySize(from && times(from))];
  }),
};
