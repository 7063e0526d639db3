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
      const turned = w.op("ConvTranspose", [g, weights], windowOf(step));
      w.shapes.note(
        turned,
        w.shapes.of(x)?.map((dim, axis) => (axis < 2 ? dim : w.shapes.anySize())),
      );
      return stridesOf(step).every((stride) => stride === 1) ? shapedLike(turned, step) : filledUp(turned, step);
    },
    undefined,
    () => {
      const rank = w.rank(x, "Conv");
      return w.sum(g, [0, ...range(2, rank)], false);
    },
  ];
};

function stridesOf({ node }: Step): readonly number[] {
  return attributeOf(node, "strides")?.ints.map(Number) ?? [];
}

/** The settings of the window, which mean the same on the way back. */
function windowOf({ node }: Step): Record<string, number | readonly number[]> {
  const padding = new TextDecoder().decode(attributeOf(node, "auto_pad")?.s);
  if (padding !== "" && padding !== "NOTSET" && padding !== "VALID") {
    throw refusal("Conv", "it chooses its padding itself");
  }
  const lists = ["strides", "dilations", ...(padding === "VALID" ? [] : ["pads"])].flatMap((name) => {
    const ints = attributeOf(node, name)?.ints.map(Number);
    return ints ? [[name, ints] as const] : [];
  });
  return { group: integerAttribute(node, "group", 1), ...Object.fromEntries(lists) };
}

/** A window that moves by one place a step reaches every element. */
function shapedLike(adjoint: string, { x: [x], w }: Step): string {
  w.shapes.note(adjoint, w.shapes.of(x));
  return adjoint;
}

/** Elements at the end that the last step of a wider stride does not reach get zeros. */
function filledUp(adjoint: string, { x: [x], w }: Step): string {
  const missing = w.sub(w.shape(x), w.shape(adjoint));
  const none = w.op("Expand", [w.integers([0]), w.shape(missing)]);
  const result = w.op("Pad", [adjoint, w.op("Concat", [none, missing], { axis: 0 })]);
  w.shapes.note(result, w.shapes.of(x));
  return result;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The rule of Conv, with any axes, groups, strides, pads and dilations. */
export const convolutions: ReadonlyMap<string, Rule> = new Map([["Conv", conv]]);
