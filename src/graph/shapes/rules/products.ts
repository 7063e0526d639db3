import { attributeOf, integerAttribute } from "../../node";
import type { Dim, Shape } from "../dims";
import { every, first, type OneShape, ofFirst, ofSecond, oneOf, type ShapeRules } from "../rule";

const ofRank =
  (rank: number): OneShape =>
  (_, shapes) =>
    shapes.anySizes(rank);

const product: OneShape = (node, shapes) => {
  const [a, b] = [ofFirst(node, shapes), ofSecond(node, shapes)];
  if (!a || !b || a.length === 0 || b.length === 0) {
    return undefined;
  }
  const turned = (shape: Shape, setting: string) =>
    integerAttribute(node, setting, 0) === 1 && shape.length > 1
      ? [...shape.slice(0, -2), shape.at(-1) as Dim, shape.at(-2) as Dim]
      : shape;
  const [left, right] = [turned(a, "transA"), turned(b, "transB")];
  const batch = shapes.broadcast([left.slice(0, -2), right.slice(0, -2)]) ?? [];
  return [...batch, ...left.slice(-2, -1), ...(right.length > 1 ? right.slice(-1) : [])];
};

/** Gemm takes matrices only. */
const matrixProduct: OneShape = (node, shapes) => product(node, shapes) ?? shapes.anySizes(2);

const summed: OneShape = (node, shapes) => {
  const equation = new TextDecoder().decode(attributeOf(node, "equation")?.s).replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const sizes = new Map<string, Dim>();
  for (const [i, indices] of left.split(",").entries()) {
    for (const [axis, index] of [...indices].entries()) {
      sizes.set(index, shapes.of(node.input[i])?.[axis] ?? shapes.anySize());
    }
  }
  return right === undefined || right.includes(".") ? undefined : [...right].map((index) => sizes.get(index) ?? 1);
};

/** [batch, tokens, width of the third input], as fused attention reads values of three axes. */
const attended: OneShape = (node, shapes) => {
  const [queries, values] = [ofFirst(node, shapes), shapes.of(node.input[2])];
  return queries?.length === 3 && values?.length === 3 ? [...queries.slice(0, 2), values[2] ?? 1] : shapes.anySizes(3);
};

/** [batch, filters, …]: the other axes keep their size where the window moves by one and what it lacks at the edges is padded. */
const convolved: OneShape = (node, shapes) => {
  const [from, weights] = [ofFirst(node, shapes), ofSecond(node, shapes)];
  const ints = (name: string) => attributeOf(node, name)?.ints.map(Number);
  const [strides, pads, dilations] = [ints("strides"), ints("pads"), ints("dilations")];
  return (from ?? shapes.anySizes(weights?.length))?.map((dim, axis, { length }) => {
    const [place, count, window] = [axis - 2, length - 2, weights?.[axis]];
    if (axis < 2) {
      return axis === 0 ? dim : (weights?.[0] ?? shapes.anySize());
    }
    const lost = typeof window === "number" ? (window - 1) * (dilations?.[place] ?? 1) : Number.NaN;
    const padded = (pads?.[place] ?? 0) + (pads?.[place + count] ?? 0);
    const chosen = attributeOf(node, "auto_pad") !== undefined;
    return !chosen && (strides?.[place] ?? 1) === 1 && lost === padded ? dim : shapes.anySize();
  });
};

/** How many windows there are is not worked out. */
const pooled: OneShape = (node, shapes) =>
  ofFirst(node, shapes)?.map((dim, axis) => (axis < 2 ? dim : shapes.anySize()));

/** Products of matrices, fused attention, convolutions and pooling. */
export const products: ShapeRules = {
  ...oneOf("MatMul MatMulInteger com.microsoft.FusedMatMul", first(product)),
  ...oneOf("Gemm com.microsoft.FusedGemm", first(matrixProduct)),
  "com.microsoft.MatMulNBits": first((node, shapes) => {
    const columns = integerAttribute(node, "N", undefined) ?? shapes.anySize();
    return ofFirst(node, shapes)?.map((dim, axis, { length }) => (axis === length - 1 ? columns : dim));
  }),
  "com.microsoft.Attention": first(ofRank(3)),
  "com.microsoft.EmbedLayerNormalization": (_, shapes) => [3, 1, 3].map((rank) => shapes.anySizes(rank)),
  "com.microsoft.MultiHeadAttention": first(attended),
  Einsum: first(summed),
  Conv: first(convolved),
  ...oneOf("AveragePool MaxPool LpPool", every(pooled)),
};
