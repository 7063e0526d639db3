import { integerAttribute } from "../../node";
import { axisFromFront, type Dim, partOf, times } from "../dims";
import { cutAt, first, type OneShape, ofFirst, type ShapeRule, type ShapeRules } from "../rule";

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

/** The sum of sizes, where they are numbers or all the same. */
function sumOf(sizes: readonly (Dim | undefined)[]): Dim | undefined {
  const [first] = sizes;
  if (first !== undefined && sizes.every((size) => size === first)) {
    return times([sizes.length, first]);
  }
  return sizes.reduce<number | undefined>(
    (sum, size) => (sum !== undefined && typeof size === "number" ? sum + size : undefined),
    0,
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

/** Operators that cut values into pieces and put pieces together. */
export const pieces: ShapeRules = {
  Concat: first(joined),
  Split: splitParts,
  Slice: first(sliced),
  Pad: first(padded),
};
