import { elementTypes } from "../elementType";
import { attributeOf, integerAttribute } from "../node";
import type { NodeProto } from "../onnxSchema";
import { tensorNumbers } from "../tensor";
import { type Dim, dividedBy, type Shape, times } from "./dims";
import type { ShapesSoFar } from "./known";

/** Tensors of more elements than this hold no shape. */
export const longestValue = 16;

const whole: ReadonlySet<number> = new Set([elementTypes.int64, elementTypes.int32]);
/** Whole numbers of more than 32 bits do not come out everywhere as they are. */
const largestComputed = 2 ** 31 - 1;

/** Whether what {@link shapeValue} gives are floats. */
export function holdsFloats(node: NodeProto, operator: string, shapes: ShapesSoFar): boolean {
  return operator === "Cast"
    ? !whole.has(integerAttribute(node, "to", 0))
    : operator !== "Shape" && operator !== "Size" && node.input.some((input) => shapes.isFloat(input));
}

/** The elements of a small tensor that a node computes from shapes, as exporters do before every Reshape; `undefined` where unknown. */
export function shapeValue(node: NodeProto, operator: string, shapes: ShapesSoFar): Shape | undefined {
  const first = shapes.valueOf(node.input[0]);
  switch (operator) {
    case "Shape": {
      const end = integerAttribute(node, "end", undefined);
      return shapes.of(node.input[0])?.slice(integerAttribute(node, "start", 0), end);
    }
    case "Cast":
      return cast(integerAttribute(node, "to", 0), first);
    case "Identity":
    case "Squeeze":
    case "Unsqueeze":
    case "Reshape":
      return first;
    case "Gather":
      return picked(first, shapes.valueOf(node.input[1]));
    case "Slice":
      return part(node, first, shapes);
    case "Concat": {
      const parts = node.input.map((input) => shapes.valueOf(input));
      const all = parts.every((values) => values !== undefined) ? parts.flat() : [];
      return all.length > 0 && all.length <= longestValue ? all : undefined;
    }
    case "ConstantOfShape": {
      const fill = attributeOf(node, "value")?.t;
      const length = first?.length === 1 ? first[0] : undefined;
      const small = fill?.dataType === elementTypes.int64 && typeof length === "number" && length <= longestValue;
      const value = small ? tensorNumbers(fill)[0] : undefined;
      return value === undefined ? undefined : Array.from({ length: Number(length) }, () => value);
    }
    case "Mul":
      return elementwise(node, shapes, (a, b) => times([a, b]));
    case "Div":
      return elementwise(node, shapes, (a, b) => quotient(a, b, node, shapes));
    case "Add":
      return ofNumbers(node, shapes, (a, b) => a + b);
    case "Sub":
      return ofNumbers(node, shapes, (a, b) => a - b);
    case "Max":
      return ofNumbers(node, shapes, Math.max);
    case "Min":
      return ofNumbers(node, shapes, Math.min);
    case "Neg":
      return first?.every((dim) => typeof dim === "number") ? first.map((dim) => -dim) : undefined;
    case "Equal":
      return elementwise(node, shapes, equal);
    case "Not":
      return truths(first)?.map((truth) => 1 - truth);
    case "And":
      return ofTruths(node, shapes, Math.min);
    case "Or":
      return ofTruths(node, shapes, Math.max);
    case "Where":
      return chosen(first, shapes.valueOf(node.input[1]), shapes.valueOf(node.input[2]));
    default:
      return undefined;
  }
}

function cast(to: number, values: Shape | undefined): Shape | undefined {
  if (to === elementTypes.bool) {
    return truths(values);
  }
  if (whole.has(to)) {
    return limited(values?.map((value) => (typeof value === "number" ? Math.trunc(value) : value)));
  }
  // A name stands for a whole number.
  const isExact = to === elementTypes.float32 && values?.every((value) => typeof value === "number");
  return isExact ? limited(values) : undefined;
}

function limited(values: Shape | undefined): Shape | undefined {
  return values?.every((value) => typeof value === "string" || Math.abs(value) <= largestComputed) ? values : undefined;
}

function quotient(a: Dim, b: Dim, node: NodeProto, shapes: ShapesSoFar): Dim | undefined {
  if (typeof a !== "number" || typeof b !== "number" || b === 0) {
    return dividedBy(a, b);
  }
  return node.input.some((input) => shapes.isFloat(input)) ? a / b : Math.trunc(a / b);
}

function ofNumbers(node: NodeProto, shapes: ShapesSoFar, combine: (a: number, b: number) => number): Shape | undefined {
  return node.input.length === 2
    ? elementwise(node, shapes, (a, b) => (typeof a === "number" && typeof b === "number" ? combine(a, b) : undefined))
    : undefined;
}

/** 1 or 0; no size is negative, so a named one is none of the signs that stand for "any" and "as before". */
function equal(a: Dim, b: Dim): Dim | undefined {
  if (a === b) {
    return 1;
  }
  const [low] = [a, b].filter((dim) => typeof dim === "number").toSorted((m, n) => m - n);
  const bothNumbers = typeof a === "number" && typeof b === "number";
  return bothNumbers || (low !== undefined && low < 0) ? 0 : undefined;
}

/** 1 or 0 for each; a named size may be either. */
function truths(values: Shape | undefined): number[] | undefined {
  return values?.every((value) => typeof value === "number") ? values.map((value) => Number(value !== 0)) : undefined;
}

function ofTruths(node: NodeProto, shapes: ShapesSoFar, combine: (a: number, b: number) => number): Shape | undefined {
  return ofNumbers(node, shapes, (a, b) => combine(Number(a !== 0), Number(b !== 0)));
}

function chosen(condition: Shape | undefined, a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  const values = condition?.map((holds, i) => (holds === 1 ? a : holds === 0 ? b : undefined)?.[i]);
  return values?.every((value) => value !== undefined) ? values : undefined;
}

function picked(from: Shape | undefined, places: Shape | undefined): Shape | undefined {
  const values = places?.map((place) => (typeof place === "number" ? from?.at(place) : undefined));
  return values?.every((value) => value !== undefined) ? values : undefined;
}

function part(node: NodeProto, from: Shape | undefined, shapes: ShapesSoFar): Shape | undefined {
  const [start, end, step] = [1, 2, 4].map((at) => shapes.valueOf(node.input[at])?.[0]);
  const plain = typeof start === "number" && typeof end === "number" && (!node.input[4] || step === 1);
  return plain ? from?.slice(start, end) : undefined;
}

function elementwise(
  node: NodeProto,
  shapes: ShapesSoFar,
  combine: (a: Dim, b: Dim) => Dim | undefined,
): Shape | undefined {
  const [a, b] = [shapes.valueOf(node.input[0]), shapes.valueOf(node.input[1])];
  if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) {
    return undefined;
  }
  const length = Math.max(a.length, b.length);
  const values = Array.from({ length }, (_, i) => combine(a[i] ?? a[0] ?? 1, b[i] ?? b[0] ?? 1));
  return values.every((value) => value !== undefined) ? limited(values) : undefined;
}
