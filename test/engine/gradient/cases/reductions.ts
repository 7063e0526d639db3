import { floats, list, positive, type RuleCase } from "./case";

const reducing = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceSumSquare ReduceLogSumExp ReduceL1".split(" ");
/** Operators whose axes are an input from operator set 13 on; of the others from 18 on. */
const early = new Set(["ReduceSum"]);

const ways = (operator: string): RuleCase[] => [
  { operator, what: "one axis from the back", inputs: { x: floats(2, 3, 4), axes: list(-1) } },
  { operator, what: "two axes that go", inputs: { x: floats(2, 3, 4), axes: list(-3, 2) }, settings: { keepdims: 0 } },
  { operator, what: "all axes that go", inputs: { x: floats(2, 3) }, settings: { keepdims: 0 } },
  { operator, what: "all axes that stay", inputs: { x: floats(2, 3) } },
  { operator, what: "size 1", inputs: { x: floats(2, 1), axes: list(1) }, settings: { keepdims: 0 } },
  {
    operator,
    what: "axes that are fed",
    inputs: { x: floats(2, 3, 4), axes: list(1) },
    fed: ["axes"],
    settings: { keepdims: 0 },
  },
  ...(early.has(operator)
    ? []
    : [
        {
          operator,
          what: "axes as a setting",
          inputs: { x: floats(2, 3) },
          settings: { axes: [1], keepdims: 0 },
          opset: 17,
        },
      ]),
];

const layerNorm = (what: string, x: number[], scale: number[], axis: number): RuleCase => ({
  operator: "LayerNormalization",
  what,
  inputs: { x: floats(...x), s: positive(...scale), b: floats(...scale) },
  settings: { axis },
});

export const reductionCases: readonly RuleCase[] = [
  ...reducing.flatMap(ways),
  ...ways("ReduceL2").map((test): RuleCase => ({ ...test, single: true })),
  {
    operator: "ReduceSum",
    what: "no axes, nothing to do",
    inputs: { x: floats(2, 3) },
    settings: { noop_with_empty_axes: 1 },
  },
  { operator: "ReduceSum", what: "an empty axis", inputs: { x: floats(2, 0), axes: list(1) } },
  { operator: "ReduceMean", what: "an empty axis beside", inputs: { x: floats(0, 3), axes: list(1) } },
  { operator: "ReduceMax", what: "an empty axis beside", inputs: { x: floats(0, 3), axes: list(1) } },
  { operator: "ReduceSum", what: "an empty axis beside", inputs: { x: floats(0, 3), axes: list(1) } },
  { operator: "Softmax", what: "last axis", inputs: { x: floats(2, 3, 4) } },
  { operator: "Softmax", what: "an inner axis", inputs: { x: floats(2, 3, 4) }, settings: { axis: 1 } },
  { operator: "Softmax", what: "size 1", inputs: { x: floats(3, 1) }, settings: { axis: -1 } },
  { operator: "Softmax", what: "no rows", inputs: { x: floats(0, 3) } },
  { operator: "LogSoftmax", what: "last axis", inputs: { x: floats(2, 3, 4) } },
  { operator: "LogSoftmax", what: "an inner axis", inputs: { x: floats(2, 3, 4) }, settings: { axis: -2 } },
  layerNorm("last axis", [2, 3, 4], [4], -1),
  layerNorm("no rows", [0, 4], [4], -1),
  { ...layerNorm("two axes", [2, 3, 4], [3, 4], 1), ranked: true },
  {
    operator: "LayerNormalization",
    what: "no bias",
    inputs: { x: floats(2, 3, 4), s: positive(4) },
    fractions: { epsilon: 0.1 },
  },
  { operator: "SimplifiedLayerNormalization", what: "last axis", inputs: { x: floats(2, 3, 4), s: positive(4) } },
  {
    operator: "RMSNormalization",
    what: "last axis",
    inputs: { x: floats(2, 3, 4), s: positive(4) },
    fractions: { epsilon: 0.1 },
    opset: 23,
  },
];
