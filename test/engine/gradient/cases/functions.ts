import { floats, positive, type RuleCase } from "./case";

const everywhere = "Identity Neg Exp Sin Cos Abs Tanh Sigmoid Relu".split(" ");
const ofPositive = "Sqrt Log Reciprocal".split(" ");
const inSingle = "Erf Softplus HardSwish".split(" ");

export const functionCases: readonly RuleCase[] = [
  ...everywhere.map((operator) => ({ operator, what: "plain", inputs: { x: floats(3, 4) } })),
  ...ofPositive.map((operator) => ({ operator, what: "plain", inputs: { x: positive(3, 4) } })),
  ...inSingle.map((operator) => ({ operator, what: "plain", inputs: { x: floats(3, 4) }, single: true })),
  { operator: "HardSwish", what: "below and above", inputs: { x: { dims: [3], values: [-4, 1, 4] } }, single: true },
  { operator: "Gelu", what: "by erf", inputs: { x: floats(3, 4) }, opset: 20, single: true },
  {
    operator: "Gelu",
    what: "by tanh",
    inputs: { x: floats(3, 4) },
    settings: { approximate: "tanh" },
    opset: 20,
    single: true,
  },
  { operator: "com.microsoft.Gelu", what: "by erf", inputs: { x: floats(3, 4) }, single: true },
  { operator: "Tanh", what: "no elements", inputs: { x: floats(0, 4) } },
];
