import { attributeOf, integerAttribute } from "../../node";
import { first, type OneShape, ofFirst, oneOf, type ShapeRules, shapeFrom } from "../rule";

const counted: OneShape = (node, shapes) => {
  const [start, limit, step] = node.input.map((input) => shapes.valueOf(input)?.[0]);
  if (typeof start === "number" && typeof limit === "number" && typeof step === "number" && step !== 0) {
    return [Math.max(0, Math.ceil((limit - start) / step))];
  }
  return [start === 0 && step === 1 && limit !== undefined ? limit : shapes.anySize()];
};

/** Operators that make values of sizes and settings. */
export const made: ShapeRules = {
  ConstantOfShape: first((node, shapes) => shapeFrom(node.input[0], shapes)),
  Shape: first((node, shapes) => {
    const rank = shapes.valueOf(node.output[0])?.length;
    return rank === undefined ? shapes.anySizes(1) : [rank];
  }),
  Size: first(() => []),
  ...oneOf(
    "RandomNormal RandomUniform",
    first((node) => attributeOf(node, "shape")?.ints.map(Number)),
  ),
  Multinomial: first((node, shapes) => [ofFirst(node, shapes)?.[0] ?? 1, integerAttribute(node, "sample_size", 1)]),
  Range: first(counted),
};
