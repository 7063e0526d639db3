import { writeRootMeanSquare } from "../passes/fusedNorms";
import { floatTensor } from "../tensor";
import type { Net } from "./net";

/** x·Wᵀ + b of the weights `name`.weight [outputs, inputs] and, where there is one, `name`.bias. */
export function linear(net: Net, x: string, name: string, sizes: Linear): string {
  const { inputs, outputs, bias = true } = sizes;
  return projected(
    net,
    x,
    net.weight(`${name}.weight`, [outputs, inputs]),
    bias ? net.weight(`${name}.bias`, [outputs]) : null,
  );
}

/** Sizes of a linear map. */
export interface Linear {
  readonly inputs: number;
  readonly outputs: number;
  /** Whether something is added; it is unless told. */
  readonly bias?: boolean;
}

/** x·Wᵀ + b of weights [outputs, inputs] that are there already. */
export function projected(net: Net, x: string, weight: string, bias: string | null): string {
  const product = net.add("MatMul", [x, net.add("Transpose", [weight], { perm: [1, 0] })]);
  return bias === null ? product : net.add("Add", [product, bias]);
}

/** LayerNorm over the last axis with the weights `name`.weight and, unless told otherwise, `name`.bias. */
export function layerNorm(net: Net, x: string, name: string, { width, epsilon, bias = true }: Norm): string {
  const input = [x, net.weight(`${name}.weight`, [width])];
  return net.layerNormalization(bias ? [...input, net.weight(`${name}.bias`, [width])] : input, epsilon);
}

/** What a norm divides by and scales with. */
export interface Norm {
  readonly width: number;
  readonly epsilon: number;
  readonly bias?: boolean;
}

/** LayerNorm over the last axis without weights of its own. */
export function plainLayerNorm(net: Net, x: string, { width, epsilon }: Norm): string {
  const ones = net.constant(floatTensor("", [width], new Float32Array(width).fill(1)), "ones");
  return net.layerNormalization([x, ones], epsilon);
}

/** x / √(mean(x²) + ε) · (w + offset) over the last axis with the weights w = `name`.weight (Zhang and Sennrich 2019, eq. 4). */
export function rmsNorm(net: Net, x: string, name: string, { width, epsilon, offset = 0 }: RmsNorm): string {
  const weight = net.weight(`${name}.weight`, [width]);
  return writeRootMeanSquare(net, x, offset === 0 ? weight : net.add("Add", [weight, net.float(offset)]), epsilon);
}

/** What a norm without a mean divides by and scales with. */
export interface RmsNorm {
  readonly width: number;
  readonly epsilon: number;
  /** What is added to its weights; nothing unless told. */
  readonly offset?: number;
}

/** Rows of the table `name`.weight [count, width]. */
export function embedding(net: Net, ids: string, name: string, [count, width]: readonly [number, number]): string {
  return net.add("Gather", [net.weight(`${name}.weight`, [count, width]), ids]);
}

/** The number of an axis of a value, as a scalar. */
export function sizeOf(net: Net, value: string, axis: number): string {
  return net.add("Gather", [net.add("Shape", [value]), net.integer(axis)]);
}

/** The states of the first token of each text: [batch, tokens, width] → [batch, width]. */
export function firstToken(net: Net, states: string): string {
  return net.add("Gather", [states, net.integer(0)], { axis: 1 });
}
