import { type CaseInput, floats, list, type RuleCase } from "./case";

const far = Number.MAX_SAFE_INTEGER;

const slice = (what: string, starts: number[], ends: number[], axes?: number[], steps?: number[]): RuleCase => ({
  operator: "Slice",
  what,
  inputs: {
    x: floats(5, 4),
    starts: list(...starts),
    ends: list(...ends),
    ...(axes ? { axes: list(...axes) } : {}),
    ...(steps ? { steps: list(...steps) } : {}),
  },
  ranked: true,
});

const picks = (what: string, x: number[], indices: CaseInput, axis: number): RuleCase => ({
  operator: "Gather",
  what,
  inputs: { x: floats(...x), indices },
  settings: { axis },
  ranked: true,
});

const pad = (what: string, pads: number[]): RuleCase => ({
  operator: "Pad",
  what,
  inputs: { x: floats(2, 3), pads: list(...pads) },
});

export const movementCases: readonly RuleCase[] = [
  { operator: "Reshape", what: "to other axes", inputs: { x: floats(2, 6), shape: list(3, -1) } },
  { operator: "Reshape", what: "a size copied", inputs: { x: floats(2, 6), shape: list(0, 3, 2) } },
  { operator: "Reshape", what: "no elements", inputs: { x: floats(0, 6), shape: list(0, 3, 2) } },
  { operator: "Flatten", what: "from the second axis", inputs: { x: floats(2, 3, 4) }, settings: { axis: 2 } },
  { operator: "Squeeze", what: "from the back", inputs: { x: floats(2, 1, 3, 1), axes: list(-1, 1) } },
  { operator: "Unsqueeze", what: "from the back", inputs: { x: floats(2, 3), axes: list(-1, 0) } },
  { operator: "Transpose", what: "reversed", inputs: { x: floats(2, 3, 4) } },
  { operator: "Transpose", what: "a cycle", inputs: { x: floats(2, 3, 4) }, settings: { perm: [1, 2, 0] } },
  { operator: "Expand", what: "new and spread axes", inputs: { x: floats(3, 1), shape: list(2, 1, 4) } },
  {
    operator: "Expand",
    what: "to a fed shape",
    inputs: { x: floats(3, 1), shape: list(2, 3, 4) },
    fed: ["shape"],
  },
  { operator: "Tile", what: "two axes", inputs: { x: floats(2, 3), repeats: list(2, 3) }, ranked: true },
  { operator: "Tile", what: "no elements", inputs: { x: floats(2, 0), repeats: list(2, 3) }, ranked: true },
  { operator: "Tile", what: "never", inputs: { x: floats(2, 3), repeats: list(0, 3) }, ranked: true },
  { operator: "Expand", what: "to no elements", inputs: { x: floats(3, 1), shape: list(0, 3, 4) } },
  { operator: "Trilu", what: "upper", inputs: { x: floats(3, 4) } },
  {
    operator: "Trilu",
    what: "lower, shifted",
    inputs: { x: floats(3, 4), k: { dims: [], integers: [1] } },
    settings: { upper: 0 },
  },
  { operator: "CumSum", what: "plain", inputs: { x: floats(2, 4), axis: { dims: [], integers: [1] } } },
  {
    operator: "CumSum",
    what: "exclusive, from the end",
    inputs: { x: floats(2, 4), axis: { dims: [], integers: [-1] } },
    settings: { exclusive: 1, reverse: 1 },
  },
  {
    operator: "Concat",
    what: "three parts, one empty",
    inputs: { a: floats(2, 3), b: floats(2, 0), c: floats(2, 1) },
    settings: { axis: -1 },
  },
  { operator: "Concat", what: "a value twice", inputs: { a: floats(2, 3) }, read: ["a", "a"], settings: { axis: 0 } },
  {
    operator: "Split",
    what: "two of three parts used",
    inputs: { x: floats(2, 6), sizes: list(1, 2, 3) },
    settings: { axis: -1 },
    outputs: ["p", "q", "r"],
    after: [
      ["ReduceSum", "q", "qs", { keepdims: 1 }],
      ["Mul", "qs r", "y"],
    ],
    target: "y",
  },
  {
    operator: "Split",
    what: "equal parts",
    inputs: { x: floats(4, 3) },
    settings: { num_outputs: 2 },
    outputs: ["p", "q"],
    after: [["Mul", "p q", "y"]],
    target: "y",
  },
  slice("inside", [1], [3], [0]),
  slice("from the back", [-3, -2], [-1, far], [0, -1]),
  slice("no axes given", [1, 0], [far, 2]),
  slice("beyond the ends", [-99], [99], [1]),
  slice("nothing left", [3], [2], [0]),
  {
    operator: "Slice",
    what: "of no elements",
    inputs: { x: floats(0, 4), starts: list(0), ends: list(5) },
    ranked: true,
  },
  slice("every second", [0], [far], [0], [2]),
  slice("backwards", [-1, 0], [-99, far], [0, 1], [-2, 1]),
  slice("steps of one", [1], [far], [1], [1]),
  {
    operator: "Slice",
    what: "places that are fed",
    inputs: { x: floats(5, 4), starts: list(1), ends: list(-1), axes: list(-1) },
    fed: ["starts", "ends"],
    ranked: true,
  },
  pad("both sides", [1, 0, 2, 3]),
  pad("cut at one side", [0, -1, 1, 0]),
  {
    operator: "Pad",
    what: "one axis",
    inputs: { x: floats(2, 3), pads: list(1, 2), axes: list(-1) },
    read: ["x", "pads", "", "axes"],
  },
  picks("rows, some twice", [4, 3], { dims: [2, 3], integers: [0, 3, 3, -1, 1, 0] }, 0),
  picks("along an inner axis", [2, 4, 3], list(2, 0, 2), -2),
  picks("one", [2, 4, 3], { dims: [], integers: [-1] }, 1),
  { ...picks("one, an old operator set", [2, 4, 3], { dims: [], integers: [0] }, 1), opset: 14 },
  { ...picks("places that are fed", [4, 3], list(1, 1), 0), fed: ["indices"] },
  {
    operator: "GatherElements",
    what: "some twice",
    inputs: { x: floats(3, 4), indices: { dims: [3, 2], integers: [0, 0, 1, -1, 3, 3] } },
    settings: { axis: 1 },
  },
  {
    operator: "GatherND",
    what: "rows, some twice",
    inputs: { x: floats(3, 4, 2), indices: { dims: [3, 2], integers: [0, 1, 2, 3, 0, 1] } },
  },
  {
    operator: "ScatterElements",
    what: "in place of others",
    inputs: { x: floats(3, 4), indices: { dims: [3, 1], integers: [0, 2, -1] }, u: floats(3, 1) },
    settings: { axis: 1 },
  },
  {
    operator: "ScatterElements",
    what: "added",
    inputs: { x: floats(3, 4), indices: { dims: [3, 2], integers: [0, 0, 2, 1, 3, 3] }, u: floats(3, 2) },
    settings: { axis: 1, reduction: "add" },
  },
  {
    operator: "ScatterND",
    what: "in place of others",
    inputs: { x: floats(3, 4), indices: { dims: [2, 1], integers: [2, 0] }, u: floats(2, 4) },
  },
];
