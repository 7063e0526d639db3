import { attributeOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { axisFromFront, type Dim, type Shape } from "./dims";
import type { ShapesSoFar } from "./known";

/** The shapes of a node's results, in order, as far as they are known. */
export type ShapeRule = (node: NodeProto, shapes: ShapesSoFar) => readonly (Shape | undefined)[];

/** Rules by the name of their operator. */
export type ShapeRules = Readonly<Record<string, ShapeRule>>;

/** One shape that a node's results follow from; `undefined` where it is not known. */
export type OneShape = (node: NodeProto, shapes: ShapesSoFar) => Shape | undefined;

/** The shape of a node's first operand. */
export const ofFirst: OneShape = (node, shapes) => shapes.of(node.input[0]);

/** The shape of a node's second operand. */
export const ofSecond: OneShape = (node, shapes) => shapes.of(node.input[1]);

/** The same rule for each of the operators, named with spaces between. */
export const oneOf = (operators: string, rule: ShapeRule): ShapeRules =>
  Object.fromEntries(operators.split(" ").map((operator) => [operator, rule]));

/** A rule for the first result alone. */
export const first =
  (rule: OneShape): ShapeRule =>
  (node, shapes) => [rule(node, shapes)];

/** A rule by which all results have one shape. */
export const every =
  (rule: OneShape): ShapeRule =>
  (node, shapes) => {
    const shape = rule(node, shapes);
    return node.output.map(() => shape);
  };

/** The axes a node works on, from its second input or its setting, counted from the front; `undefined` where unknown or not given. */
export function axesOf(node: NodeProto, rank: number, shapes: ShapesSoFar): number[] | undefined {
  const given = node.input[1] ? shapes.valueOf(node.input[1]) : attributeOf(node, "axes")?.ints.map(Number);
  return given?.every((axis) => typeof axis === "number") ? given.map((axis) => axisFromFront(axis, rank)) : undefined;
}

/** How many axes a node names. */
export function countOfAxes(node: NodeProto, shapes: ShapesSoFar): number | undefined {
  const count = node.input[1] ? shapes.of(node.input[1])?.[0] : attributeOf(node, "axes")?.ints.length;
  return typeof count === "number" ? count : undefined;
}

/** What is left of a shape of which some axes are cut, or grow, to unknown sizes. */
export function cutAt(
  shape: Shape | undefined,
  axes: readonly Dim[] | undefined,
  shapes: ShapesSoFar,
  grows = false,
): Shape | undefined {
  return shape?.map((dim, axis) =>
    !axes || axes.some((cut) => typeof cut !== "number" || axisFromFront(cut, shape.length) === axis)
      ? shapes.anySize(grows ? undefined : dim)
      : dim,
  );
}

/** The shape that an integer tensor describes. */
export function shapeFrom(value: string | undefined, shapes: ShapesSoFar): Shape | undefined {
  return shapes.valueOf(value) ?? shapes.anySizes(shapes.of(value)?.[0]);
}
