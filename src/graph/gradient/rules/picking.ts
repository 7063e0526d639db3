import { attributeOf, integerAttribute } from "../../node";
import { axisFromFront } from "../../shapes/dims";
import type { Rule, Step } from "../rule";
import { refusal, type Writer } from "../writer";

/*
 * Operators that pick elements by index. The way back adds each adjoint to the place its element was picked from. An element may be picked
 * several times, as by buckets of relative positions: that needs scattering with addition, which operator set 16 has. Where the indices are constant
 * and all different, plain scattering does.
 */

/** y = the slices of x along an axis that the indices name: ∂x = zeros, with the slices of g added where they came from. */
const gather: Rule = ({ node, x: [x, indices], g, w }) => [
  () => {
    const rank = w.rank(x, "Gather");
    const axis = axisFromFront(integerAttribute(node, "axis", 0), rank);
    const zeros = w.zeros(x);
    const size = w.op("Cast", [w.op("Reshape", [indices, w.integers([-1])])], { to: 7 });
    // The axes of the indices become one axis, the one of x.
    const [before, after] = [partOfShape(x, 0, axis, w), partOfShape(x, axis + 1, rank, w)];
    const shape = w.op("Concat", [...before, w.shape(size), ...after], { axis: 0 });
    const slices = w.reshape(g, shape);
    const asColumn = Array.from({ length: rank }, (_, i) => (i === axis ? -1 : 1));
    const column = rank === 1 ? size : w.unsqueeze(size, without(asColumn, axis));
    const places = w.op("Expand", [column, shape]);
    return scatter("ScatterElements", [zeros, places, slices], indices, { axis }, x, "Gather", w);
  },
];

function without(all: readonly number[], axis: number): number[] {
  return all.map((_, i) => i).filter((i) => i !== axis);
}

function partOfShape(x: string, from: number, to: number, w: Writer): string[] {
  return from === to ? [] : [w.op("Slice", [w.shape(x), w.integers([from]), w.integers([to])])];
}

/** y[…i…] = x[…index[…i…]…] along an axis: ∂x = zeros, with each element of g added where it came from. */
const gatherElements: Rule = ({ node, x: [x, indices], g, w }) => [
  () => {
    const axis = integerAttribute(node, "axis", 0);
    return scatter("ScatterElements", [w.zeros(x), indices, g], undefined, { axis }, x, "GatherElements", w);
  },
];

/** y = the slices of x at the places that the last axis of the indices names: ∂x = zeros, with the slices of g added there. */
const gatherPlaces: Rule = ({ node, x: [x, indices], g, w }) => [
  () => {
    if (integerAttribute(node, "batch_dims", 0) !== 0) {
      throw refusal("GatherND", "it picks from each row of a batch apart");
    }
    return scatter("ScatterND", [w.zeros(x), indices, g], undefined, {}, x, "GatherND", w);
  },
];

/** Scatters with addition, or without where constant indices are all different. */
function scatter(
  operator: "ScatterElements" | "ScatterND",
  input: readonly string[],
  constantIndices: string | undefined,
  settings: Readonly<Record<string, number>>,
  like: string,
  readBy: string,
  w: Writer,
): string {
  const numbers = constantIndices === undefined ? undefined : w.numbersOf(constantIndices);
  const different = numbers && new Set(numbers).size === numbers.length && sameSign(numbers);
  if (!different) {
    w.needs(16, readBy);
  }
  const result = w.op(operator, input, different ? settings : { ...settings, reduction: "add" });
  w.shapes.note(result, w.shapes.of(like));
  return result;
}

/** Indices of both signs may name one place twice. */
function sameSign(numbers: ArrayLike<number>): boolean {
  const all = Array.from(numbers);
  return all.every((n) => n < 0) || all.every((n) => n >= 0);
}

/** y = x with the updates u in the places of the indices: ∂x = g with zeros in those places, ∂u = g at those places. */
function scattering(pick: (step: Step) => string): Rule {
  return (step) => {
    const {
      node,
      x: [, indices, updates],
      g,
      w,
    } = step;
    const reduction = new TextDecoder().decode(attributeOf(node, "reduction")?.s) || "none";
    if (reduction !== "none" && reduction !== "add") {
      throw refusal(node.opType ?? "", `its reduction is ${reduction}`);
    }
    const axis = node.opType === "ScatterElements" ? { axis: integerAttribute(node, "axis", 0) } : {};
    return [
      () => (reduction === "add" ? g : w.op(node.opType ?? "", [g, indices, w.zeros(updates)], axis)),
      undefined,
      () => pick(step),
    ];
  };
}

const scatterElements = scattering(({ node, x: [, indices], g, w }) =>
  w.op("GatherElements", [g, indices], { axis: integerAttribute(node, "axis", 0) }),
);
const scatterPlaces = scattering(({ x: [, indices], g, w }) => w.op("GatherND", [g, indices]));

/** Rules of operators that pick or scatter elements by index. */
export const picking: ReadonlyMap<string, Rule> = new Map([
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["GatherND", gatherPlaces],
  ["ScatterElements", scatterElements],
  ["ScatterND", scatterPlaces],
]);
