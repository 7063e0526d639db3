import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { attributeOf, integerAttribute, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { tensorNumbers } from "../tensor";
import { axisFromFront, type Dim, dividedBy, type Shape, times } from "./dims";
import { shapeValue } from "./shapeValues";

/**
 * What is known of the shapes of values without running the model: ranks, fixed sizes, and which sizes are the same. Only what inputs and
 * constants say is believed; of shapes that a file notes for values in between, which are often wrong, the rank is used where nothing else tells it. Inputs that give a size the same name must be
 * fed with the same size.
 */
export class Shapes {
  private readonly shapes = new Map<string, Shape>();
  /** Integer tensors of at most one axis that hold sizes: what Shape returns and what is computed from it. */
  private readonly values = new Map<string, Shape>();
  private unknown = 0;

  constructor(graph: Graph) {
    for (const [name, tensor] of graph.initialisers) {
      this.noteConstant(name, tensor);
    }
    for (const { name, type } of graph.inputs) {
      const dims = type?.tensorType?.shape?.dim;
      if (name && dims) {
        this.shapes.set(
          name,
          dims.map(({ dimValue, dimParam }) => dimValue ?? plainName(dimParam) ?? this.anySize()),
        );
      }
    }
    for (const node of graph.nodes) {
      this.noteNode(node);
      for (const output of node.output.filter((name) => !this.shapes.has(name))) {
        this.note(
          output,
          graph.valueInfo.get(output)?.type?.tensorType?.shape?.dim.map(() => this.anySize()),
        );
      }
    }
  }

  /** The shape of a value; `undefined` where not even its rank is known. */
  of(value: string): Shape | undefined {
    return this.shapes.get(value);
  }

  /** The elements of a small integer tensor, as far as they are sizes. */
  valueOf(value: string): Shape | undefined {
    return this.values.get(value);
  }

  /** A size of which nothing is known, not even that it is the same as another one. */
  anySize(): Dim {
    return `?${++this.unknown}`;
  }

  /** Tells the shape of a value that no node noted here makes. */
  note(value: string, shape: Shape | undefined): void {
    if (shape) {
      this.shapes.set(value, shape);
    }
  }

  noteConstant(name: string, tensor: TensorProto): void {
    this.shapes.set(name, tensor.dims);
    if (tensor.dataType === elementTypes.int64 && tensor.dims.length < 2 && (tensor.dims[0] ?? 1) <= 16) {
      this.values.set(name, Array.from<number>(tensorNumbers(tensor)));
    }
  }

  /** Works out what a node tells about its results; nodes must come in the order in which they are computed. */
  noteNode(node: NodeProto): void {
    const value = shapeValue(node, this);
    if (value) {
      this.values.set(node.output[0] ?? "", value);
    }
    const rule = shapeRules[operatorOf(node)];
    const shape = rule?.(node, this);
    if (shape) {
      for (const output of operatorOf(node) === "Split" ? node.output : node.output.slice(0, 1)) {
        // The parts of a Split have unequal sizes along its axis, so each gets an unknown one of its own.
        this.shapes.set(output, operatorOf(node) === "Split" ? splitPart(node, shape, this) : shape);
      }
    }
  }

  /** The shape of operands spread over each other as numpy does it. */
  broadcast(operands: readonly (Shape | undefined)[]): Shape | undefined {
    return operands.reduce((a, b) => {
      if (!a || !b) {
        return undefined;
      }
      const rank = Math.max(a.length, b.length);
      return Array.from({ length: rank }, (_, axis) => {
        const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
        if (m === n || n === 1) {
          return m;
        }
        if (m === 1) {
          return n;
        }
        return typeof m === "number" ? m : typeof n === "number" ? n : this.anySize();
      });
    });
  }
}

/** A name that could be taken for a product is none. */
function plainName(name: string | undefined): string | undefined {
  return name && /^[\p{L}_][^*?]*$/u.test(name) ? name : undefined;
}

type ShapeRule = (node: NodeProto, shapes: Shapes) => Shape | undefined;

const ofFirst: ShapeRule = (node, shapes) => shapes.of(node.input[0] ?? "");
const ofAll: ShapeRule = (node, shapes) => shapes.broadcast(node.input.map((input) => shapes.of(input)));

/** The axes a node works on, from its second input or its setting, counted from the front; `undefined` where unknown or not given. */
function axesOf(node: NodeProto, rank: number, shapes: Shapes): number[] | undefined {
  const given = node.input[1] ? shapes.valueOf(node.input[1]) : attributeOf(node, "axes")?.ints.map(Number);
  return given?.every((axis) => typeof axis === "number") ? given.map((axis) => axisFromFront(axis, rank)) : undefined;
}

const reduced: ShapeRule = (node, shapes) => {
  const shape = ofFirst(node, shapes);
  if (!shape) {
    return undefined;
  }
  const keep = integerAttribute(node, "keepdims", 1) === 1;
  const given = Boolean(node.input[1]) || attributeOf(node, "axes") !== undefined;
  const axes = axesOf(node, shape.length, shapes);
  if (given && !axes) {
    return keep ? shape.map(() => shapes.anySize()) : undefined;
  }
  if (!axes || axes.length === 0) {
    const all = integerAttribute(node, "noop_with_empty_axes", 0) === 0;
    return all ? (keep ? shape.map(() => 1) : []) : shape;
  }
  return keep
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));
};

const product: ShapeRule = (node, shapes) => {
  const [a, b] = [shapes.of(node.input[0] ?? ""), shapes.of(node.input[1] ?? "")];
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

const summed: ShapeRule = (node, shapes) => {
  const equation = new TextDecoder().decode(attributeOf(node, "equation")?.s).replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const sizes = new Map<string, Dim>();
  for (const [i, indices] of left.split(",").entries()) {
    for (const [axis, index] of [...indices].entries()) {
      sizes.set(index, shapes.of(node.input[i] ?? "")?.[axis] ?? shapes.anySize());
    }
  }
  return right === undefined || right.includes(".") ? undefined : [...right].map((index) => sizes.get(index) ?? 1);
};

const reshaped: ShapeRule = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const asked = shapes.valueOf(node.input[1] ?? "");
  const length = shapes.of(node.input[1] ?? "")?.[0];
  if (!asked) {
    return typeof length === "number" ? Array.from({ length }, () => shapes.anySize()) : undefined;
  }
  const copies = integerAttribute(node, "allowzero", 0) === 0;
  const dims = asked.map((dim, axis) => (dim === 0 && copies ? (from?.[axis] ?? shapes.anySize()) : dim));
  const others = times(dims.filter((dim) => dim !== -1));
  const rest = from && others !== 0 ? dividedBy(times(from), others) : undefined;
  return dims.map((dim) => (dim === -1 ? (rest ?? shapes.anySize()) : dim));
};

const withAxes: ShapeRule = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const count = shapes.valueOf(node.input[1] ?? "")?.length ?? attributeOf(node, "axes")?.ints.length;
  const axes = from && count !== undefined ? axesOf(node, from.length + count, shapes) : undefined;
  if (!from || !axes) {
    return undefined;
  }
  const rest = [...from];
  return Array.from({ length: from.length + axes.length }, (_, axis) =>
    axes.includes(axis) ? 1 : (rest.shift() ?? 1),
  );
};

const withoutAxes: ShapeRule = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const axes = from && axesOf(node, from.length, shapes);
  return axes && from.filter((_, axis) => !axes.includes(axis));
};

const transposed: ShapeRule = (node, shapes) => {
  const from = ofFirst(node, shapes);
  const order = attributeOf(node, "perm")?.ints.map(Number);
  return from && (order ? order.map((axis) => from[axis] ?? 1) : from.toReversed());
};

const joined: ShapeRule = (node, shapes) => {
  const parts = node.input.map((input) => shapes.of(input));
  const first = parts.find((part) => part !== undefined);
  if (!first) {
    return undefined;
  }
  const at = axisFromFront(integerAttribute(node, "axis", 0), first.length);
  const sizes = parts.map((part) => part?.[at]);
  const sum = sizes.reduce<number | undefined>(
    (total, size) => (total !== undefined && typeof size === "number" ? total + size : undefined),
    0,
  );
  return first.map((dim, axis) => (axis === at ? (sum ?? shapes.anySize()) : dim));
};

/** What is left of a shape of which some axes are cut to unknown sizes. */
function cutAt(shape: Shape | undefined, axes: readonly Dim[] | undefined, shapes: Shapes): Shape | undefined {
  return shape?.map((dim, axis) =>
    !axes || axes.some((cut) => typeof cut !== "number" || axisFromFront(cut, shape.length) === axis)
      ? shapes.anySize()
      : dim,
  );
}

const sliced: ShapeRule = (node, shapes) => {
  const [, startsName = "", endsName = "", axesName = "", stepsName = ""] = node.input;
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
    } else if (typeof end === "string" && start === 0 && step === 1) {
      // As many as asked for: where there are fewer, as of positions for a text too long, the model does not run.
      result[at] = end;
    }
  }
  return result;
};

function splitPart(node: NodeProto, shape: Shape, shapes: Shapes): Shape {
  const at = axisFromFront(integerAttribute(node, "axis", 0), shape.length);
  const size = shape[at];
  const equal = typeof size === "number" && !node.input[1] && size % node.output.length === 0;
  return shape.map((dim, axis) => (axis === at ? (equal ? Number(size) / node.output.length : shapes.anySize()) : dim));
}

const gathered: ShapeRule = (node, shapes) => {
  const [data, indices] = [shapes.of(node.input[0] ?? ""), shapes.of(node.input[1] ?? "")];
  if (!data || !indices) {
    return undefined;
  }
  const axis = axisFromFront(integerAttribute(node, "axis", 0), data.length);
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
};

const gatheredPlaces: ShapeRule = (node, shapes) => {
  const [data, indices] = [shapes.of(node.input[0] ?? ""), shapes.of(node.input[1] ?? "")];
  const depth = indices?.at(-1);
  const batch = integerAttribute(node, "batch_dims", 0);
  return data && indices && typeof depth === "number"
    ? [...indices.slice(0, -1), ...data.slice(batch + depth)]
    : undefined;
};

const tiled: ShapeRule = (node, shapes) => {
  const counts = shapes.valueOf(node.input[1] ?? "");
  return ofFirst(node, shapes)?.map((dim, axis) => times([dim, counts?.[axis] ?? shapes.anySize()]));
};

const oneOf = (operators: string, rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(operators.split(" ").map((operator) => [operator, rule]));

const shapeRules: Readonly<Record<string, ShapeRule>> = {
  ...oneOf(
    "Identity Cast CastLike Neg Sqrt Exp Log Reciprocal Sin Cos Abs Sign Tanh Sigmoid Erf Relu LeakyRelu Elu Softplus HardSwish HardSigmoid " +
      "Clip Gelu Softmax LogSoftmax LayerNormalization SimplifiedLayerNormalization RMSNormalization Trilu Not IsNaN IsInf Floor Ceil Round " +
      "QuantizeLinear DequantizeLinear CumSum Dropout ScatterElements ScatterND com.microsoft.SkipLayerNormalization com.microsoft.BiasGelu com.microsoft.FastGelu com.microsoft.QuickGelu",
    ofFirst,
  ),
  ...oneOf(
    "Add Sub Mul Div Pow Sum Min Max Mean Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Mod",
    ofAll,
  ),
  ...oneOf(
    "ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceProd ReduceLogSumExp",
    reduced,
  ),
  ...oneOf("MatMul Gemm com.microsoft.FusedMatMul", product),
  Einsum: summed,
  Reshape: reshaped,
  Unsqueeze: withAxes,
  Squeeze: withoutAxes,
  Flatten: (node, shapes) => {
    const from = ofFirst(node, shapes);
    const axis = from && axisFromFront(integerAttribute(node, "axis", 1), from.length);
    return from && [times(from.slice(0, axis)), times(from.slice(axis))];
  },
  Transpose: transposed,
  Expand: (node, shapes) => shapes.broadcast([ofFirst(node, shapes), shapeFrom(node.input[1], shapes)]),
  ConstantOfShape: (node, shapes) => shapeFrom(node.input[0], shapes),
  Tile: tiled,
  Concat: joined,
  Split: ofFirst,
  Slice: sliced,
  Pad: (node, shapes) =>
    cutAt(ofFirst(node, shapes), node.input[3] ? shapes.valueOf(node.input[3]) : undefined, shapes),
  Gather: gathered,
  GatherElements: (node, shapes) => shapes.of(node.input[1] ?? ""),
  GatherND: gatheredPlaces,
  Shape: (node, shapes) => {
    const rank = shapes.valueOf(node.output[0] ?? "")?.length;
    return rank === undefined ? undefined : [rank];
  },
  Size: () => [],
  Range: (node, shapes) => {
    const [start, limit, step] = node.input.map((input) => shapes.valueOf(input)?.[0]);
    return [start === 0 && step === 1 && limit !== undefined ? limit : shapes.anySize()];
  },
};

/** The shape that an integer tensor describes. */
function shapeFrom(value: string | undefined, shapes: Shapes): Shape | undefined {
  const length = shapes.of(value ?? "")?.[0];
  return (
    shapes.valueOf(value ?? "") ??
    (typeof length === "number" ? Array.from({ length }, () => shapes.anySize()) : undefined)
  );
}
