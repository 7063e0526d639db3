import { attributeOf, integerAttribute } from "../../node";
import type { Rule, Step } from "../rule";
import { refusal } from "../writer";

/*
 * A window that slides over the axes after [batch, channels], the same weights at every place. The way back slides over the adjoint with the
 * window turned around, which is what ConvTranspose computes.
 */

/**
 * y[b, o, p] = Σ w[o, c, k]·x[b, c, p·stride + k·dilation − pad] + bias[o], over the channels c of the group of o and the places k of the window:
 * ∂x[b, c, q] = Σ w[o, c, k]·g[b, o, p] over all p and k with p·stride + k·dilation − pad = q, and ∂bias[o] = Σ g[b, o, p]. Weights are no inputs of a
 * text, so that they have no rule.
 */
const conv: Rule = (step) => {
  const {
    x: [x, weights],
    g,
    w,
  } = step;
  return [
    () => {
      const settings = windowOf(step);
      return stridesOf(step).every((stride) => stride === 1)
        ? shapedLike(w.op("ConvTranspose", [g, weights], settings), step)
        : sizedLike(w.op("ConvTranspose", [g, weights], openEnded(settings)), x, step);
    },
    undefined,
    () => {
      const rank = w.rank(x, "Conv");
      return w.sum(g, [0, ...range(2, rank)], false);
    },
  ];
};

/**
 * y[b, c, p] = Σ x[b, c, p·stride + k·dilation − pad] / n[p] over the places k of the window, n the number of them that count:
 * ∂x[b, c, q] = Σ g[b, c, p] / n[p] over all p and k with p·stride + k·dilation − pad = q. That is the way back through a convolution with a window of
 * ones, each channel by itself.
 */
const averagePool: Rule = (step) => [
  () => {
    const {
      node,
      x: [x],
      g,
      w,
    } = step;
    const { group: _, ...settings } = windowOf(step);
    const sizes = attributeOf(node, "kernel_shape")?.ints.map(Number) ?? [];
    const [hangsOver, countsPads] = ["ceil_mode", "count_include_pad"].map(
      (name) => integerAttribute(node, name, 0) !== 0,
    );
    const isPadded = attributeOf(node, "pads")?.ints.some((pad) => Number(pad) !== 0) ?? false;
    const elements = sizes.reduce((product, size) => product * size, 1);
    w.needs(18, "AveragePool");
    if (hangsOver && countsPads && isPadded) {
      throw refusal("AveragePool", "of the settings of its window");
    }
    const one = w.number(1, x);
    const counted = { ...settings, kernel_shape: sizes, p: 1, ceil_mode: hangsOver ? 1 : 0 };
    const count =
      countsPads && !hangsOver ? w.number(elements, x) : w.op("LpPool", [w.op("Expand", [one, w.shape(x)])], counted);
    const alone = (value: string) =>
      w.reshape(value, w.op("Concat", [w.integers([-1, 1]), w.op("Shape", [value], { start: 2 })], { axis: 0 }));
    const ones = w.op("Expand", [one, w.integers([1, 1, ...sizes])]);
    // The runtime cannot go back from no places at all.
    const places = sizes.map(() => 1);
    const extended = w.op("Pad", [alone(w.div(g, count)), w.integers([...places.map(() => 0), 0, 0, 0, 0, ...places])]);
    const turned = w.op("ConvTranspose", [extended, ones], openEnded(settings));
    return w.reshapeLike(sizedLike(turned, alone(x), step), x);
  },
];

function stridesOf({ node }: Step): readonly number[] {
  return attributeOf(node, "strides")?.ints.map(Number) ?? [];
}

/** The settings of the window, which mean the same on the way back. */
function windowOf({ node }: Step): Record<string, number | readonly number[]> {
  const padding = new TextDecoder().decode(attributeOf(node, "auto_pad")?.s);
  if (padding !== "" && padding !== "NOTSET" && padding !== "VALID") {
    throw refusal(node.opType ?? "", "it chooses its padding itself");
  }
  const lists = ["strides", "dilations", ...(padding === "VALID" ? [] : ["pads"])].flatMap((name) => {
    const ints = attributeOf(node, name)?.ints.map(Number);
    return ints ? [[name, ints] as const] : [];
  });
  return { group: integerAttribute(node, "group", 1), ...Object.fromEntries(lists) };
}

/** The same without padding at the end: what the last step of a wider stride does not reach lies before what is padded. */
function openEnded(settings: Record<string, number | readonly number[]>): Record<string, number | readonly number[]> {
  const { pads } = settings;
  return Array.isArray(pads)
    ? { ...settings, pads: pads.map((pad: number, at: number) => (2 * at < pads.length ? pad : 0)) }
    : settings;
}

/** A window that moves by one place a step reaches every element. */
function shapedLike(adjoint: string, { x: [x], w }: Step): string {
  w.shapes.note(adjoint, w.shapes.of(x));
  return adjoint;
}

/** Elements at the end that the last step of a wider stride does not reach get zeros; what a window reaches beyond the end goes. */
function sizedLike(adjoint: string, x: string, { w }: Step): string {
  const known = w.shapes.of(x);
  w.shapes.note(
    adjoint,
    known?.map((dim, axis) => (axis < 2 ? dim : w.shapes.anySize())),
  );
  const missing = w.sub(w.shape(x), w.shape(adjoint));
  const none = w.op("Expand", [w.integers([0]), w.shape(missing)]);
  const result = w.op("Pad", [adjoint, w.op("Concat", [none, missing], { axis: 0 })]);
  w.shapes.note(result, known);
  return result;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Rules of operators that slide a window, with any axes, groups, strides, pads and dilations. */
export const convolutions: ReadonlyMap<string, Rule> = new Map([
  ["Conv", conv],
  ["AveragePool", averagePool],
]);
