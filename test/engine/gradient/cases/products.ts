import type { Settings } from "../../../../src/graph/node";
import { floats, type RuleCase } from "./case";

const shapes: readonly [string, number[], number[]][] = [
  ["matrices", [2, 3], [3, 4]],
  ["batches", [5, 2, 3], [5, 3, 4]],
  ["a matrix for all", [5, 2, 3], [3, 4]],
  ["batches spread over each other", [5, 1, 2, 3], [2, 3, 4]],
  ["one row", [1, 3], [3, 1]],
  ["an empty batch", [0, 2, 3], [3, 4]],
];
const withVectors: readonly [string, number[], number[]][] = [
  ["vector by matrix", [3], [3, 4]],
  ["vector by batch", [3], [2, 3, 4]],
  ["matrix by vector", [2, 3], [3]],
  ["batch by vector", [5, 2, 3], [3]],
  ["vectors", [3], [3]],
];

const gemm = (what: string, a: number[], b: number[], c: number[], transA: number, transB: number): RuleCase => ({
  operator: "Gemm",
  what,
  inputs: { a: floats(...a), b: floats(...b), c: floats(...c) },
  settings: { transA, transB },
  fractions: { alpha: 0.5, beta: 1.5 },
});

const fused = (what: string, a: number[], b: number[], transA: number, transB: number): RuleCase => ({
  operator: "com.microsoft.FusedMatMul",
  what,
  inputs: { a: floats(...a), b: floats(...b) },
  settings: { transA, transB },
  fractions: { alpha: 0.5 },
  single: true,
});

const einsum = (equation: string, ...shapes: number[][]): RuleCase => ({
  operator: "Einsum",
  what: equation,
  inputs: Object.fromEntries(shapes.map((dims, i) => [`x${i}`, floats(...dims)])),
  settings: { equation },
});

/** Windows over 5 or 6 places: x is [2, channels, …], the weights are constants of a text. */
const conv = (what: string, x: number[], weights: number[], settings: Settings, bias = true): RuleCase => ({
  operator: "Conv",
  what,
  inputs: { x: floats(...x), weights: floats(...weights), ...(bias ? { bias: floats(weights[0] ?? 0) } : {}) },
  wrt: bias ? ["x", "bias"] : ["x"],
  settings,
  single: true,
  ranked: true,
});

/** Windows over 5 or 6 places. */
const averagePool = (what: string, x: number[], settings: Settings): RuleCase => ({
  operator: "AveragePool",
  what,
  inputs: { x: floats(...x) },
  settings,
  opset: 19,
  single: true,
});

export const productCases: readonly RuleCase[] = [
  ...shapes.map(([what, a, b]) => ({ operator: "MatMul", what, inputs: { a: floats(...a), b: floats(...b) } })),
  ...withVectors.map(
    ([what, a, b]): RuleCase => ({
      operator: "MatMul",
      what,
      inputs: { a: floats(...a), b: floats(...b) },
      ranked: true,
    }),
  ),
  // Not with respect to b: a product over no rows is 0, but the runtime returns what lay in its memory.
  { operator: "MatMul", what: "no rows", inputs: { a: floats(2, 0, 3), b: floats(3, 4) }, wrt: ["a"] },
  gemm("plain, bias spread over rows", [2, 3], [3, 4], [4], 0, 0),
  gemm("first transposed", [3, 2], [3, 4], [2, 1], 1, 0),
  gemm("second transposed", [2, 3], [4, 3], [2, 4], 0, 1),
  gemm("both transposed, bias a scalar", [3, 2], [4, 3], [], 1, 1),
  { operator: "Gemm", what: "no bias", inputs: { a: floats(2, 3), b: floats(3, 4) } },
  fused("plain", [2, 3], [3, 4], 0, 0),
  fused("first transposed, batches", [5, 3, 2], [5, 3, 4], 1, 0),
  fused("second transposed, one matrix for all", [5, 2, 3], [4, 3], 0, 1),
  fused("both transposed", [3, 2], [4, 3], 1, 1),
  einsum("bhqd,bhkd->bhqk", [2, 2, 3, 4], [2, 2, 5, 4]),
  einsum("bij,jk", [2, 3, 4], [4, 5]),
  einsum("ij,jk,kl->il", [2, 3], [3, 4], [4, 2]),
  einsum("ij->ji", [2, 3]),
  conv("one place wide", [2, 3, 5], [4, 3, 1], {}),
  conv("three places wide, padded", [2, 3, 5], [4, 3, 3], { pads: [1, 1] }),
  conv("groups", [2, 4, 5], [6, 2, 3], { group: 2, pads: [2, 0] }),
  conv("one channel a group, no bias", [2, 3, 5], [3, 1, 3], { group: 3, pads: [1, 1] }, false),
  conv("dilated", [1, 2, 6], [2, 2, 2], { dilations: [3] }),
  conv("two places a step, the last one left over", [1, 2, 6], [3, 2, 3], { strides: [2] }),
  conv("two places a step, padded, the last one not left over", [1, 2, 6], [3, 2, 3], { strides: [2], pads: [1, 1] }),
  conv("over two axes", [1, 2, 4, 3], [2, 1, 3, 1], { group: 2, pads: [1, 0, 1, 0] }),
  conv("one text of one token", [1, 3, 1], [2, 3, 1], {}),
  averagePool("three places wide", [2, 3, 6], { kernel_shape: [3] }),
  averagePool("padded", [2, 3, 5], { kernel_shape: [3], pads: [1, 1] }),
  averagePool("padded, which counts", [2, 3, 5], { kernel_shape: [3], pads: [1, 1], count_include_pad: 1 }),
  averagePool("two places a step, padded", [2, 3, 6], { kernel_shape: [3], strides: [2], pads: [1, 1] }),
  averagePool("two places a step, padded, which counts", [2, 3, 6], {
    kernel_shape: [3],
    strides: [2],
    pads: [1, 1],
    count_include_pad: 1,
  }),
  averagePool("padding that would count, but there is none", [1, 2, 5], {
    kernel_shape: [2],
    strides: [2],
    count_include_pad: 1,
  }),
  averagePool("a window longer than the text", [1, 2, 4], { kernel_shape: [5] }),
  averagePool("two places a step, the last one left over", [1, 2, 5], { kernel_shape: [2], strides: [2] }),
  averagePool("two places a step, over the end", [1, 2, 5], { kernel_shape: [2], strides: [2], ceil_mode: 1 }),
  averagePool("over the end, which counts", [1, 2, 5, 3], {
    kernel_shape: [2, 1],
    strides: [2, 1],
    ceil_mode: 1,
    count_include_pad: 1,
    pads: [0, 0, 0, 0],
  }),
  averagePool("dilated", [1, 2, 6], { kernel_shape: [2], dilations: [3] }),
];
