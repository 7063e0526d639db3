import { elementTypes } from "../elementType";
import type { ReadTexts } from "./causal";
import type { Net } from "./net";
import type { Rope } from "./rope";

/** Cosines and sines of the tokens, each [tokens, half of what is turned]. */
export interface Angles {
  readonly cosines: string;
  readonly sines: string;
  /** How much of each head is turned. */
  readonly width: number;
}

/** The angles of tokens that are counted from 0. */
export function anglesOf(net: Net, { places, count }: ReadTexts, rope: Rope): Angles {
  const column = net.add("Reshape", [places, net.integers(-1, 1)]);
  const angles = net.add("Mul", [
    net.add("Cast", [column], { to: elementTypes.float32 }),
    rope.frequencies(net, count),
  ]);
  const [cosines = "", sines = ""] = ["Cos", "Sin"].map((operator) => {
    const value = net.add(operator, [angles]);
    return rope.factor === 1 ? value : net.add("Mul", [value, net.float(rope.factor)]);
  });
  return { cosines, sines, width: rope.width };
}

/** (a, b) → (a cos − b sin, b cos + a sin) for the two halves of what is turned of each head, the rest as it is: [batch, heads, tokens, width]. */
export function turned(net: Net, x: string, { cosines, sines, width }: Angles, headWidth: number): string {
  const half = width / 2;
  const rest = headWidth - width;
  const sizes = rest === 0 ? [half, half] : [half, half, rest];
  const [a = "", b = "", ...others] = net.several("Split", [x, net.integers(...sizes)], sizes.length, { axis: 3 });
  const times = (value: string, by: string) => net.add("Mul", [value, by]);
  const first = net.add("Sub", [times(a, cosines), times(b, sines)]);
  const second = net.add("Add", [times(b, cosines), times(a, sines)]);
  return net.add("Concat", [first, second, ...others], { axis: 3 });
}
