import { capped } from "../passes/attentionWriting";
import { linear } from "./layers";
import type { Net } from "./net";

/** Added to scores that must not count: the lowest 32-bit float, as `transformers` does. */
export const lowest = -3.4028234663852886e38;

/** [batch, tokens, heads·width] → [batch, heads, tokens, width]. */
export function splitHeads(net: Net, x: string, heads: number, width: number): string {
  const parted = net.add("Reshape", [x, net.integers(0, 0, heads, width)]);
  return net.add("Transpose", [parted], { perm: [0, 2, 1, 3] });
}

/** [batch, heads, tokens, width] → [batch, tokens, heads·width]. */
export function joinHeads(net: Net, x: string, width: number): string {
  return net.add("Reshape", [net.add("Transpose", [x], { perm: [0, 2, 1, 3] }), net.integers(0, 0, width)]);
}

/** Queries, keys and values, each [batch, heads, tokens, width]; `mask` is added to scores, `scale` multiplies them before, and `cap` bounds them in between: c · tanh(s / c). */
export interface Attended {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly scale: number;
  readonly mask: string | null;
  readonly cap?: number;
}

/** Softmax(QKᵀ · scale + mask) · V (Vaswani et al. 2017, eq. 1): [batch, heads, queries, width]. */
export function attend(net: Net, { query, key, value, scale, mask, cap = 0 }: Attended): string {
  const product = net.add("MatMul", [query, net.add("Transpose", [key], { perm: [0, 1, 3, 2] })]);
  const scaled = capped(net, scale === 1 ? product : net.add("Mul", [product, net.float(scale)]), cap);
  return weigh(net, mask === null ? scaled : net.add("Add", [scaled, mask]), value);
}

/** Softmax of scores over keys, times the values. */
export function weigh(net: Net, scores: string, value: string): string {
  return net.add("MatMul", [net.add("Softmax", [scores], { axis: -1 }), value]);
}

/** Names of the linear maps of self-attention with as many keys as queries, and its sizes. */
export interface SelfAttention {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly heads: number;
  readonly width: number;
  readonly mask: string | null;
  readonly bias?: boolean;
}

/** Self-attention before its output projection: [batch, tokens, width]. */
export function selfAttention(
  net: Net,
  x: string,
  { heads, width, mask, bias = true, ...names }: SelfAttention,
): string {
  const size = width / heads;
  const [query = "", key = "", value = ""] = [names.query, names.key, names.value].map((name) =>
    splitHeads(net, linear(net, x, name, { inputs: width, outputs: width, bias }), heads, size),
  );
  return joinHeads(net, attend(net, { query, key, value, scale: 1 / Math.sqrt(size), mask }), width);
}

/** An attention mask of ones and zeros [batch, tokens] as what is added to scores: [batch, 1, 1, tokens]. */
export function paddingMask(net: Net, mask: string): string {
  const wide = net.add("Unsqueeze", [net.add("Cast", [mask], { to: 1 }), net.integers(1, 2)]);
  return net.add("Mul", [net.add("Sub", [net.float(1), wide]), net.float(lowest)]);
}
