import type { Net } from "./net";
import type { Settings } from "./settings";

type Activation = (net: Net, x: string) => string;

/** x / 2 · (1 + erf(x / √2)) (Hendrycks and Gimpel 2016). */
const gelu: Activation = (net, x) => {
  const bell = net.add("Erf", [net.add("Div", [x, net.float(Math.SQRT2)])]);
  return net.add("Mul", [net.add("Mul", [x, net.add("Add", [bell, net.float(1)])]), net.float(0.5)]);
};

/** Its approximation by tanh: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). */
const tanhGelu: Activation = (net, x) => {
  const cube = net.add("Mul", [net.add("Mul", [x, x]), x]);
  const inner = net.add("Add", [x, net.add("Mul", [cube, net.float(0.044715)])]);
  const curve = net.add("Tanh", [net.add("Mul", [inner, net.float(Math.sqrt(2 / Math.PI))])]);
  return net.add("Mul", [net.add("Mul", [x, net.add("Add", [curve, net.float(1)])]), net.float(0.5)]);
};

/** x · σ(x). */
const silu: Activation = (net, x) => net.add("Mul", [x, net.add("Sigmoid", [x])]);

/** x · σ(1.702 x). */
const quickGelu: Activation = (net, x) =>
  net.add("Mul", [x, net.add("Sigmoid", [net.add("Mul", [x, net.float(1.702)])])]);

/** Activation functions by the names that config.json gives them. */
export const activations = {
  gelu,
  gelu_new: tanhGelu,
  gelu_fast: tanhGelu,
  gelu_pytorch_tanh: tanhGelu,
  quick_gelu: quickGelu,
  relu: (net, x) => net.add("Relu", [x]),
  silu,
  swish: silu,
  tanh: (net, x) => net.add("Tanh", [x]),
  sigmoid: (net, x) => net.add("Sigmoid", [x]),
} as const satisfies Readonly<Record<string, Activation>>;

/** The name of an activation function that is known here. */
export type ActivationName = keyof typeof activations;

const names = Object.keys(activations) as ActivationName[];

/** The activation function that a setting names; throws `model-unsupported` for one that is not known. */
export function activationOf(
  settings: Settings,
  setting: string | readonly string[],
  fallback: ActivationName,
): Activation {
  return activations[settings.choice(setting, names, fallback)];
}
