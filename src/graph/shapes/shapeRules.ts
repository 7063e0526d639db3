import { attributeOf, integerAttribute } from "../node";
import type { NodeProto } from "../onnxSchema";
import { axisFromFront, type Dim, dividedBy, partOf, type Shape, times, wholeOf } from "./dims";
import type { Shapes } from "./shapes";

/** The shapes of a node's results, in order, as far as they are known. */
export type ShapeRule = (node: NodeProto, shapes: Shapes) => readonly (Shape | undefined)[];

type OneShape = (node: NodeProto, shapes: Shapes) => Shape | undefined;

const ofFirst: OneShape = (node, shapes) => shapes.of(node.input[0]);
const ofSecond: OneShape = (node, shapes) => shapes.of(node.input[1]);
const ofAll: OneShape = (node, shapes) =>
  shapes.broadcast(node.input.filter((input) => input !== "").map((input) => shapes.of(input)));

const ofRank =
  (rank: number): OneShape =>
  (_, shapes) =>
    shapes.anySizes(rank);

/** The axes a node works on, from its second input or its setting, counted from the front; `undefined` where unknown or not given. */
function axesOf(node: NodeProto, rank: number, shapes: Shapes): number[] | undefined {
  const given = node.input[1] ? shapes.valueOf(node.input[1]) : attributeOf(node, "axes")?.ints.map(Number);
  return given?.every((axis) => typeof axis === "number") ? given.map((axis) => axisFromFront(axis, rank)) : undefined;
}

/** How many axes a node names. */
function countOfAxes(node: NodeProto, shapes: Shapes): number | undefined {
  const count = node.input[1] ? shapes.of(node.input[1])?.[0] : attributeOf(node, "axes")?.ints.length;
  return typeof count === "number" ? count : undefined;
}

const reduced: OneShape = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  if (!shape) {
    return undefined;
  }
  const keep = integerAttribute(node, "keepdims", 1) === 1;
  const given = Boolean(node.input[1]) || attributeOf(node, "axes") !== undefined;
  const axes = axesOf(node, shape.length, shapes);
  if (given && !axes) {
    const count = countOfAxes(node, shapes);
    return shapes.anySizes(keep ? shape.length : count === undefined ? undefined : shape.length - count);
  }
  if (!axes || axes.length === 0) {
    const all = integerAttribute(node, "noop_with_empty_axes", 0) === 0;
    return all ? (keep ? shape.map(() => 1) : []) : shape;
  }
  return withReduced(shape, axes, keep);
};

const reducedByPlace: OneShape = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  const axis = shape && axisFromFront(integerAttribute(node, "axis", 0), shape.length);
  return axis === undefined ? undefined : withReduced(shape, [axis], integerAttribute(node, "keepdims", 1) === 1);
};

function withReduced(shape: Shape | undefined, axes: readonly number[], keep: boolean): Shape | undefined {
  return keep
    ? shape?.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape?.filter((_, axis) => !axes.includes(axis));
}

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

const joined: OneShape = (node, shapes) => {
  const parts = node.input.map((input) => shapes.of(input));
  const first = parts.find((part) => part !== undefined);
  if (!first) {
    return undefined;
  }
  const at = axisFromFront(integerAttribute(node, "axis", 0), first.length);
  const total = sumOf(parts.map((part) => part?.[at]));
  return first.map((dim, axis) => (axis === at ? (total ?? shapes.anySize()) : dim));
};

/** The sum of sizes, where they are numbers, all the same, or all parts of one size. */
function sumOf(sizes: readonly (Dim | undefined)[]): Dim | undefined {
  const [first] = sizes;
  if (first !== undefined && sizes.every((size) => size === first)) {
    return times([sizes.length, first]);
  }
  const total = sizes.reduce<number | undefined>(
    (sum, size) => (sum !== undefined && typeof size === "number" ? sum + size : undefined),
    0,
  );
  return total ?? wholeOf(sizes);
}

/** What is left of a shape of which some axes are cut, or grow, to unknown sizes. */
function cutAt(
  shape: Shape | undefined,
  axes: readonly Dim[] | undefined,
  shapes: Shapes,
  grows = false,
): Shape | undefined {
  return shape?.map((dim, axis) =>
    !axes || axes.some((cut) => typeof cut !== "number" || axisFromFront(cut, shape.length) === axis)
      ? shapes.anySize(grows ? undefined : dim)
      : dim,
  );
}

/** No axis is that long: an end from here on stands for the end of the axis. */
const noEnd = 2 ** 31 - 1;

const sliced: OneShape = (node, shapes) => {
  const [, startsName, endsName, axesName, stepsName] = node.input;
  const shape = ofFirst(node, shapes);
  const starts = shapes.valueOf(startsName);
  const ends = shapes.valueOf(endsName);
  const axes = axesName ? shapes.valueOf(axesName) : starts?.map((_, axis) => axis);
  const steps = stepsName ? shapes.valueOf(stepsName) : starts?.map(() => 1);
  const cut = cutAt(shape, axes, shapes);
  if (!shape || !cut || !starts || !ends || !axes || !steps) {
    return cut;
  }
  const result = [...cut];
  for (const [i, axis] of axes.entries()) {
    const at = axisFromFront(Number(axis), shape.length);
    const [size, start, end, step] = [shape[at], starts[i], ends[i], steps[i]];
    if (typeof size === "number" && typeof start === "number" && typeof end === "number" && step === 1) {
      const within = (place: number) => Math.min(size, Math.max(0, axisFromFront(place, size)));
      result[at] = Math.max(0, within(end) - within(start));
    } else if (typeof end === "number" && end >= noEnd && start === 0 && step === 1) {
      result[at] = size ?? shapes.anySize();
    } else if (typeof end === "string" && start === 0 && step === 1) {
      // As many as asked for: where there are fewer, as of positions for a text too long, the model does not run.
      result[at] = end;
    }
  }
  return result;
};

/** The parts of a Split are of unknown sizes unless told otherwise; those of a number of equal parts have names, by which they can be put together again. */
const splitParts: ShapeRule = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  const at = shape && axisFromFront(integerAttribute(node, "axis", 0), shape.length);
  const size = shape?.[at ?? 0];
  const sizes = shapes.valueOf(node.input[1]);
  const count = node.output.length;
  return node.output.map((_, part) => {
    const own = (node.input[1] ? sizes?.[part] : partOf(size, part, count)) ?? shapes.anySize(size);
    return shape?.map((dim, axis) => (axis === at ? own : dim));
  });
};

/** Pads hold how many elements come before each axis, then how many after each. */
const padded: OneShape = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  const [pads, axes] = [shapes.valueOf(node.input[1]), shapes.valueOf(node.input[3])];
  if (!shape || !pads || node.input[3] || pads.length !== 2 * shape.length) {
    return cutAt(shape, axes, shapes, true);
  }
  return shape.map((dim, axis) => {
    const around = [pads[axis], pads[axis + shape.length]];
    return around.every((pad) => pad === 0) ? dim : (numberSum([dim, ...around]) ?? shapes.anySize());
  });
};

function numberSum(sizes: readonly (Dim | undefined)[]): number | undefined {
  const numbers = sizes.filter((size) => typeof size === "number");
  return numbers.length === sizes.length ? numbers.reduce((a, b) => a + b, 0) : undefined;
}

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

const tiled: OneShape = (node, shapes) => {
  const counts = shapes.valueOf(node.input[1]);
  const from = ofFirst(node, shapes) ?? shapes.anySizes(counts?.length);
  return from?.map((dim, axis) => times([dim, counts?.[axis] ?? shapes.anySize()]));
};

/** The shape that an integer tensor describes. */
function shapeFrom(value: string | undefined, shapes: Shapes): Shape | undefined {
  return shapes.valueOf(value) ?? shapes.anySizes(shapes.of(value)?.[0]);
}

const counted: OneShape = (node, shapes) => {
  const [start, limit, step] = node.input.map((input) => shapes.valueOf(input)?.[0]);
  if (typeof start === "number" && typeof limit === "number" && typeof step === "number" && step !== 0) {
    return [Math.max(0, Math.ceil((limit - start) / step))];
  }
  return [start === 0 && step === 1 && limit !== undefined ? limit : shapes.anySize()];
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

const oneOf = (operators: string, rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(operators.split(" ").map((operator) => [operator, rule]));
const first =
  (rule: OneShape): ShapeRule =>
  (node, shapes) => [rule(node, shapes)];
/** All results have one shape. */
const every =
  (rule: OneShape): ShapeRule =>
  (node, shapes) => {
    const shape = rule(node, shapes);
    return node.output.map(() => shape);
  };

/** What each operator returns, by its name. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries<ShapeRule>({
    ...oneOf(
      "Identity Cast CastLike Neg Sqrt Exp Log Reciprocal Sin Cos Abs Sign Tanh Sigmoid Erf Relu LeakyRelu Elu Softplus HardSwish HardSigmoid " +
        "Clip Gelu Softmax LogSoftmax LayerNormalization SimplifiedLayerNormalization RMSNormalization Trilu Not IsNaN IsInf Floor Ceil Round " +
        "QuantizeLinear DequantizeLinear CumSum ScatterElements ScatterND RandomNormalLike RandomUniformLike Bernoulli EyeLike " +
        "com.microsoft.BiasGelu com.microsoft.Gelu com.microsoft.FastGelu com.microsoft.QuickGelu com.microsoft.RotaryEmbedding",
      first(ofFirst),
    ),
    Dropout: every(ofFirst),
    DynamicQuantizeLinear: (node, shapes) => [ofFirst(node, shapes), [], []],
    // Mean and spread in between are left out by the runtime; the sum comes fourth.
    ...oneOf("com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization", (node, shapes) => [
      ofFirst(node, shapes),
      undefined,
      undefined,
      ofFirst(node, shapes),
    ]),
    ...oneOf(
      "Add Sub Mul Div Pow Sum Min Max Mean Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Mod PRelu BitwiseAnd",
      first(ofAll),
    ),
    ...oneOf(
      "ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceProd ReduceLogSum ReduceLogSumExp",
      first(reduced),
    ),
    ...oneOf("ArgMax ArgMin", first(reducedByPlace)),
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
    Reshape: first(reshaped),
    Unsqueeze: first(withAxes),
    Squeeze: first(withoutAxes),
    Flatten: first(flattened),
    Transpose: first(transposed),
    Expand: first((node, shapes) => shapes.broadcast([ofFirst(node, shapes), shapeFrom(node.input[1], shapes)])),
    ConstantOfShape: first((node, shapes) => shapeFrom(node.input[0], shapes)),
    Tile: first(tiled),
    Concat: first(joined),
    Split: splitParts,
    Slice: first(sliced),
    Pad: first(padded),
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
  }),
);
