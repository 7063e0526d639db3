import { elementTypes } from "../../../../src/graph/elementType";
import { floats, positive, type RuleCase } from "./case";

const shapes: readonly [string, number[], number[]][] = [
  ["same shapes", [2, 3], [2, 3]],
  ["both spread", [2, 1, 3], [4, 1]],
  ["a scalar", [2, 3], []],
  ["axes in front and inside", [3, 1], [2, 3, 4]],
  ["an empty axis", [2, 0, 3], [3]],
  ["size 1 on both sides", [1, 3], [1, 1]],
];

const spread = (operator: string): RuleCase[] =>
  shapes.map(([what, a, b]) => ({ operator, what, inputs: { a: floats(...a), b: positive(...b) } }));

export const arithmeticCases: readonly RuleCase[] = [
  ...["Add", "Sub", "Mul", "Div"].flatMap(spread),
  { operator: "Mul", what: "a value by itself", inputs: { a: floats(3) }, read: ["a", "a"] },
  { operator: "Sum", what: "three operands", inputs: { a: floats(2, 3), b: floats(3), c: floats(2, 1) } },
  { operator: "Pow", what: "both spread", inputs: { a: positive(2, 1), p: floats(3) } },
  {
    operator: "Pow",
    what: "an integer exponent",
    inputs: { a: floats(2, 3), p: { dims: [], integers: [3] } },
  },
  { operator: "Pow", what: "a square", inputs: { a: floats(2, 3), p: { dims: [], integers: [2] } } },
  { operator: "Max", what: "three operands, spread", inputs: { a: floats(2, 3), b: floats(3), c: floats(2, 1) } },
  { operator: "Min", what: "two operands, spread", inputs: { a: floats(2, 3), b: floats(3) } },
  {
    operator: "Where",
    what: "everything spread",
    inputs: { i: { dims: [3], integers: [1, 0, 1] }, a: floats(2, 1), b: floats(2, 3) },
    before: [["Cast", "i", "c", { to: elementTypes.bool }]],
    read: ["c", "a", "b"],
  },
  {
    operator: "Clip",
    what: "two bounds",
    inputs: { x: floats(3, 4), low: { dims: [], values: [-0.5] }, high: { dims: [], values: [0.7] } },
    wrt: ["x"],
  },
  {
    operator: "Clip",
    what: "an upper bound only",
    inputs: { x: floats(3, 4), high: { dims: [], values: [0.2] } },
    read: ["x", "", "high"],
    wrt: ["x"],
  },
  {
    operator: "Cast",
    what: "to double and back",
    inputs: { x: floats(2, 3) },
    settings: { to: elementTypes.float64 },
    after: [["Cast", "y", "z", { to: elementTypes.float32 }]],
    target: "z",
    single: true,
  },
  {
    operator: "CastLike",
    what: "the same type",
    inputs: { x: floats(2, 3), like: floats(1) },
    wrt: ["x"],
  },
];
