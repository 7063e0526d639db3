import { elementTypes } from "../elementType";
import { layerNorm } from "./layers";
import type { Net } from "./net";
import { corruptSettings } from "./refusals";

/** A convolution over neighbouring tokens: how many it reads, and what comes behind it. */
export interface Convolution {
  readonly kernel: number;
  readonly activation: (net: Net, x: string) => string;
}

/** The first block's result with what a convolution over the embeddings adds to it, normalised (He et al. 2021, version 2): [batch, tokens, width]. Padding counts as zeros. */
export function convolved(
  net: Net,
  { start, states, mask }: { readonly start: string; readonly states: string; readonly mask: string },
  { width, epsilon }: { readonly width: number; readonly epsilon: number },
  { kernel, activation }: Convolution,
): string {
  if (!Number.isInteger(kernel) || kernel < 1 || kernel > 99 || kernel % 2 === 0) {
    throw corruptSettings("conv_kernel_size is no sensible number");
  }
  const real = net.add("Cast", [net.add("Unsqueeze", [mask, net.integers(2)])], { to: elementTypes.float32 });
  const turned = (value: string) => net.add("Transpose", [value], { perm: [0, 2, 1] });
  const pads = [(kernel - 1) / 2, (kernel - 1) / 2];
  const name = "encoder.conv";
  const input = [
    turned(net.add("Mul", [start, real])),
    net.weight(`${name}.conv.weight`, [width, width, kernel]),
    net.weight(`${name}.conv.bias`, [width]),
  ];
  const near = net.add("Mul", [turned(net.add("Conv", input, { kernel_shape: [kernel], pads })), real]);
  const sum = net.add("Add", [states, activation(net, near)]);
  return net.add("Mul", [layerNorm(net, sum, `${name}.LayerNorm`, { width, epsilon }), real]);
}
