import { attributeOf } from "../../node";
import type { Rule } from "../rule";
import type { Writer } from "../writer";

/*
 * Functions of one number, applied to every element: y = f(x), ∂x = g·f′(x). Where f′ is simpler in y than in x, y is used: the forward pass
 * has it already.
 */

/** A rule from the derivative f′, written with x and y. */
function elementwise(derivative: (x: string, y: string, w: Writer) => string): Rule {
  return ({ x: [x], y, g, w }) => [() => w.mul(g, derivative(x, y, w))];
}

/** y = x: ∂x = g. */
const identity: Rule = ({ g }) => [() => g];

/** y = −x: ∂x = −g. */
const neg: Rule = ({ g, w }) => [() => w.neg(g)];

/** y = √x: ∂x = g / 2y. */
const sqrt: Rule = ({ x: [x], y, g, w }) => [() => w.div(g, w.mul(w.number(2, x), y))];

/** y = log x: ∂x = g / x. */
const log: Rule = ({ x: [x], g, w }) => [() => w.div(g, x)];

/** y = max(0, x): ∂x = g where x > 0, else 0. */
const relu: Rule = ({ x: [x], g, w }) => [() => w.where(w.op("Greater", [x, w.number(0, x)]), g, w.number(0, x))];

/** f = eˣ: f′ = y. */
const exp = elementwise((_, y) => y);

/** f = 1/x: f′ = −y². */
const reciprocal = elementwise((_, y, w) => w.neg(w.mul(y, y)));

/** f = sin x: f′ = cos x. */
const sin = elementwise((x, _, w) => w.op("Cos", [x]));

/** f = cos x: f′ = −sin x. */
const cos = elementwise((x, _, w) => w.neg(w.op("Sin", [x])));

/** f = |x|: f′ = the sign of x, 0 at 0. */
const abs = elementwise((x, _, w) => w.op("Sign", [x]));

/** f = tanh x: f′ = 1 − y². */
const tanh = elementwise((x, y, w) => w.sub(w.number(1, x), w.mul(y, y)));

/** f = 1/(1 + e⁻ˣ): f′ = y·(1 − y). */
const sigmoid = elementwise((x, y, w) => w.mul(y, w.sub(w.number(1, x), y)));

/** f = log(1 + eˣ): f′ = 1/(1 + e⁻ˣ). */
const softplus = elementwise((x, _, w) => w.op("Sigmoid", [x]));

/** f = erf x: f′ = 2/√π · e^(−x²). */
const erf = elementwise((x, _, w) => w.mul(w.number(2 / Math.sqrt(Math.PI), x), w.op("Exp", [w.neg(w.mul(x, x))])));

/** f = x·min(1, max(0, x/6 + ½)): f′ = 0 up to −3, 1 from 3 on, x/3 + ½ between. */
const hardSwish = elementwise((x, _, w) => {
  const between = w.add(w.mul(x, w.number(1 / 3, x)), w.number(0.5, x));
  const below = w.op("LessOrEqual", [x, w.number(-3, x)]);
  const above = w.op("GreaterOrEqual", [x, w.number(3, x)]);
  return w.where(below, w.number(0, x), w.where(above, w.number(1, x), between));
});

/** f = x·Φ(x), Φ = ½·(1 + erf(x/√2)): f′ = Φ + x·φ, φ = e^(−x²/2)/√(2π) (Hendrycks and Gimpel, arXiv:1606.08415). */
const geluByErf = elementwise((x, _, w) => {
  const half = w.number(0.5, x);
  const phi = w.mul(half, w.add(w.number(1, x), w.op("Erf", [w.mul(x, w.number(Math.SQRT1_2, x))])));
  const density = w.mul(w.number(1 / Math.sqrt(2 * Math.PI), x), w.op("Exp", [w.neg(w.mul(half, w.mul(x, x)))]));
  return w.add(phi, w.mul(x, density));
});

/** f = ½·x·(1 + t), t = tanh u, u = √(2/π)·(x + c·x³), c = 0.044715: f′ = ½·(1 + t) + ½·x·(1 − t²)·√(2/π)·(1 + 3c·x²). */
const geluByTanh = elementwise((x, _, w) => {
  const [half, one, root] = [w.number(0.5, x), w.number(1, x), w.number(Math.sqrt(2 / Math.PI), x)];
  const square = w.mul(x, x);
  const t = w.op("Tanh", [w.mul(w.mul(root, x), w.add(one, w.mul(w.number(0.044715, x), square)))]);
  const slope = w.mul(root, w.add(one, w.mul(w.number(3 * 0.044715, x), square)));
  const bend = w.mul(w.mul(x, w.sub(one, w.mul(t, t))), slope);
  return w.mul(half, w.add(w.add(one, t), bend));
});

const gelu: Rule = (step) => {
  const approximate = new TextDecoder().decode(attributeOf(step.node, "approximate")?.s);
  return approximate === "tanh" ? geluByTanh(step) : geluByErf(step);
};

/** Rules of functions of one number. */
export const functions: ReadonlyMap<string, Rule> = new Map([
  ["Identity", identity],
  ["Neg", neg],
  ["Sqrt", sqrt],
  ["Log", log],
  ["Relu", relu],
  ["Exp", exp],
  ["Reciprocal", reciprocal],
  ["Sin", sin],
  ["Cos", cos],
  ["Abs", abs],
  ["Tanh", tanh],
  ["Sigmoid", sigmoid],
  ["Softplus", softplus],
  ["Erf", erf],
  ["HardSwish", hardSwish],
  ["Gelu", gelu],
  ["com.microsoft.Gelu", geluByErf],
]);
