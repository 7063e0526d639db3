import { attributeOf, integerAttribute } from "../../node";
import type { Rule, Step } from "../rule";
import { refusal } from "../writer";

/*
 * Operators that put tensors together along an axis and cut pieces from them. They undo each other: the way back of cutting is to put the piece
 * into zeros, the way back of joining is to cut.
 */

/** y = x₁, x₂, … one after the other along an axis: ∂xᵢ = the piece of g where xᵢ lies. */
const concat: Rule = ({ node, g, w }) => {
  const axis = integerAttribute(node, "axis", 0);
  const pieces = () => {
    const sizes = node.input.map((x) => w.size(x, axis));
    return w.ops("Split", [g, w.op("Concat", sizes, { axis: 0 })], { axis }, sizes.length);
  };
  return node.input.map((x, i) => () => {
    const piece = pieces()[i] ?? "";
    w.shapes.note(piece, w.shapes.of(x));
    return piece;
  });
};

/** y₁, y₂, … = x cut along an axis: ∂x = their adjoints one after the other, zeros for those the target does not depend on. */
const split: Rule = ({ node, adjoints, w }) => [
  () =>
    w.op(
      "Concat",
      node.output.map((y, i) => adjoints[i] ?? w.zeros(y)),
      { axis: integerAttribute(node, "axis", 0) },
    ),
];

/** y = a piece of x, from `starts` to `ends` by `steps`: ∂x = g in its place among zeros. */
const slice: Rule = (step) => {
  const [x, , , , steps] = step.x;
  const adjoint = () => {
    const contiguous = !steps || step.w.numbersOf(steps)?.every((by) => by === 1);
    const result = contiguous ? padded(step) : scattered(step);
    step.w.shapes.note(result, step.w.shapes.of(x));
    return result;
  };
  return [adjoint];
};

/** Zeros before and after: what Slice leaves off in front is its start, counted from the front and held inside. */
function padded({ x: [x, starts, ends, axes], g, w }: Step): string {
  const rank = w.integers([w.rank(x, "Slice")]);
  const shape = w.shape(x);
  const size = axes ? w.op("Gather", [shape, axes]) : w.op("Slice", [shape, w.integers([0]), w.shape(starts)]);
  const zero = w.integers([0]);
  const within = (places: string) => {
    const integers = w.op("Cast", [places], { to: 7 });
    const fromFront = w.where(w.op("Less", [integers, zero]), w.add(integers, size), integers);
    return w.op("Min", [w.op("Max", [fromFront, zero]), size]);
  };
  const before = within(starts);
  const after = w.sub(size, w.op("Max", [before, within(ends)]));
  const none = w.op("Expand", [zero, rank]);
  const allAxes = (amounts: string) =>
    axes
      ? w.op("ScatterElements", [none, axes, amounts])
      : w.op("Concat", [amounts, w.op("Expand", [zero, w.sub(rank, w.shape(starts))])], { axis: 0 });
  const pads = w.op("Concat", [allAxes(before), allAxes(after)], { axis: 0 });
  return w.op("Pad", [g, pads]);
}

/** Numbers all elements, slices the numbers as x was sliced, and so learns where each element of g belongs. */
function scattered({ node, x: [x], g, w }: Step): string {
  const flat = w.integers([-1]);
  const count = w.op("Reshape", [w.op("Size", [x]), flat]);
  const numbers = w.op("Range", [w.integer(0), w.op("Size", [x]), w.integer(1)]);
  const places = w.op("Slice", [w.reshape(numbers, w.shape(x)), ...node.input.slice(1)]);
  const zeros = w.op("Expand", [w.number(0, x), count]);
  const spread = w.op("ScatterElements", [zeros, w.op("Reshape", [places, flat]), w.op("Reshape", [g, flat])]);
  return w.reshape(spread, w.shape(x));
}

/** y = x with constants around it: ∂x = g without them, cut off by padding with the negative amounts. */
const pad: Rule = ({ node, x: [x, pads, , axes], g, w }) => [
  () => {
    const mode = new TextDecoder().decode(attributeOf(node, "mode")?.s);
    if (mode !== "" && mode !== "constant") {
      throw refusal("Pad", `its mode is ${mode}`);
    }
    const less = w.neg(pads);
    const result = w.op("Pad", axes ? [g, less, "", axes] : [g, less]);
    w.shapes.note(result, w.shapes.of(x));
    return result;
  },
];

/** Rules of operators that join, split, cut or pad along axes. */
export const pieces: ReadonlyMap<string, Rule> = new Map([
  ["Concat", concat],
  ["Split", split],
  ["Slice", slice],
  ["Pad", pad],
]);
