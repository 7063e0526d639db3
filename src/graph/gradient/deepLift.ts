import type { Graph } from "../graph";
import { integerAttribute } from "../node";
import { signalOf } from "./dependence";
import { changed, plainGradient } from "./plainGradient";
import type { Rule, RuleSet, Rules, Step } from "./rule";
import { normalised } from "./rules/normalisation";
import { factor } from "./rules/products";
import { positive } from "./rules/softmax";
import { unbroadcast } from "./unbroadcast";
import { refusal, type Writer } from "./writer";

/*
 * DeepLIFT with the rescale rule (Shrikumar, Greenside and Kundaje, ICML 2017, eq. 3 and 7). The graph computes everything of the text and of the reference (`withReference`). What is called adjoint are multipliers m of the
 * text with Δy = Σ m·Δx exactly, Δ what the text has less what the reference has. All formulas below stay the same when x and its reference x′ change places, so that these would be the reference's multipliers too. The
 * contributions of a token are Σ (e − e′)·m.
 */

/** ½·(x + x′). */
function mean(x: string, like: string, w: Writer): string {
  return w.mul(w.number(0.5, like), w.add(x, w.reference(x)));
}

/** Below this the difference quotient is rounding, and the derivative is taken. */
const smallestDifference = 1e-6;

/** y = f(x): m = g·(y − y′)/(x − x′), or g·f′(x) where x is about x′. Other inputs must not depend on the text. */
function rescaled(plain: Rule): Rule {
  return (step) => [() => quotientOr(plain(step)[0]?.() ?? "", step.y, step.x[0], step)];
}

function quotientOr(otherwise: string, y: string, x: string, { g, w, x: [like] }: Step): string {
  const difference = (value: string) => w.sub(value, w.reference(value));
  const run = difference(x);
  // Two scores of −∞ differ by no number, which is not greater than anything.
  const differs = w.op("Greater", [w.op("Abs", [run]), w.number(smallestDifference, like)]);
  return w.where(differs, w.mul(g, w.div(difference(y), run)), otherwise);
}

/** y = a·b: Δy = Δa·½(b + b′) + ½(a + a′)·Δb, so the gradient with the means of the factors. */
const bilinear =
  (signal: ReadonlySet<string>) =>
  (plain: Rule): Rule =>
  (step) => {
    const { node, w } = step;
    const factors = node.input.slice(0, node.opType === "Gemm" ? 2 : undefined).filter((x) => signal.has(x));
    if (factors.length > 2) {
      throw refusal(node.opType ?? "", "more than two of its factors depend on the text");
    }
    const own = plain(step);
    if (factors.length < 2) {
      return own;
    }
    const both = (x: string) => (factors.includes(x) ? w.add(factor(x, w), w.reference(factor(x, w))) : x);
    const [a, b, c, d, e, ...rest] = step.x;
    const means = plain({
      ...step,
      g: w.mul(w.number(0.5, a), step.g),
      node: { ...node, input: node.input.map(both) },
      x: [both(a), both(b), c, d, e, ...rest],
    });
    return node.input.map((x, at) => (factors.includes(x) ? means : own)[at]);
  };

/** y = a/b as a·(1/b), and Δ(1/b) = −Δb/(b·b′). */
const div =
  (signal: ReadonlySet<string>): Rule =>
  ({ x: [a, b], g, w }) => {
    const one = () => w.number(1, b);
    const inverse = () => w.div(one(), b);
    const average = (x: string, like: string) => (signal.has(like) ? mean(x, like, w) : x);
    return [
      () => unbroadcast(w.mul(g, average(inverse(), b)), a, w),
      () => {
        const slope = w.div(average(a, a), w.mul(b, w.reference(b)));
        return unbroadcast(w.neg(w.mul(g, slope)), b, w);
      },
    ];
  };

/** y = aᵖ: m = g·(a + a′) for squares, which no difference quotient can match; else rescaled. */
const pow: Rule = (step) => {
  const { g, w } = step;
  const [a, p] = step.x;
  const isSquare = w.numbersOf(p)?.every((value) => value === 2) ?? false;
  return isSquare ? [() => w.mul(g, w.add(a, w.reference(a)))] : rescaled(plainGradient.get("Pow") as Rule)(step);
};

/**
 * y = exp(x − L), L = log Σeˣ, as the composition it is: with the logarithmic mean Λ(a, a′) = (a − a′)/(log a − log a′),
 * m = g·Λ(y, y′) − w·Σ g·Λ(y, y′), where w = Λ(eˣ, eˣ′)/Λ(Σeˣ, Σeˣ′) shares ΔL out. All stay bounded however far the scores of both runs are
 * apart, which y = eˣ·(1/Σeˣ) as a product would not.
 */
const softmax: Rule = ({ node, x: [x], y, g, w }) => [
  () => {
    const axes = [integerAttribute(node, "axis", -1)];
    const zero = w.number(0, x);
    const highestOf = (value: string) => w.op("ReduceMax", [value, w.integers(axes)], { keepdims: 1 });
    const change = (value: string) => w.sub(value, w.reference(value));
    const p = positive(y, w);
    const highest = highestOf(x);
    // L is the highest score less the logarithm of its probability; where a query may look nowhere there is neither.
    const finite = w.where(w.op("IsInf", [highest]), zero, highest);
    const total = w.sub(finite, w.op("Log", [w.op("Max", [highestOf(p), w.number(leastProbability, x)])]));
    // Both runs' powers and sums over the larger sum, so that they can be compared.
    const sum = w.op("Exp", [w.sub(total, w.op("Max", [total, w.reference(total)]))]);
    const powers = w.mul(p, sum);
    // Two scores of −∞ differ by no number; nothing of them is left in the powers.
    const moved = w.where(w.op("IsNaN", [change(x)]), zero, change(x));
    const share = w.div(logarithmicMean(powers, moved, x, w), logarithmicMean(sum, change(total), x, w));
    const passed = w.mul(g, logarithmicMean(p, w.sub(moved, change(total)), x, w));
    return w.sub(passed, w.mul(share, w.sum(passed, axes, true)));
  },
];

/** Less than the highest probability of a distribution over any number of tokens. */
const leastProbability = 1e-9;

/** Λ(a, a′) from a and log a − log a′; where these are about equal by its series, as the quotient would be rounding. */
function logarithmicMean(a: string, difference: string, like: string, w: Writer): string {
  const [near, twelfth, one] = [w.number(0.05, like), w.number(1 / 12, like), w.number(1, like)];
  const isApart = w.op("Greater", [w.op("Abs", [difference]), near]);
  const series = w.mul(mean(a, like, w), w.sub(one, w.mul(twelfth, w.mul(difference, difference))));
  return w.where(isApart, w.div(w.sub(a, w.reference(a)), difference), series);
}

/**
 * y = d·r·s + b, d = x − m, r = 1/√v, v = mean(d²) + ε, as the composition it is. With h = g·s and Δr = −r²r′²/(r + r′)·Δv:
 * m_d = h·mean(r) − 2·mean(d)·r²r′²/(r + r′)·mean over the axes of (h·mean(d)), and m_x = m_d less its mean over the axes.
 */
function normalisation(centred: boolean): Rule {
  return (step) => {
    const { g, w } = step;
    const [x, scale] = step.x;
    return [
      () => {
        const { moved: d, inverse: r, axes } = normalised(step, centred);
        const h = scale ? w.mul(g, scale) : g;
        const other = w.reference(r);
        const product = w.mul(r, other);
        const slope = w.div(w.mul(product, product), w.add(r, other));
        const middle = mean(d, x, w);
        const bySpread = w.mul(w.mul(w.number(2, x), middle), w.mul(slope, w.mean(w.mul(h, middle), axes)));
        const toD = w.sub(w.mul(h, mean(r, x, w)), bySpread);
        const result = centred ? w.sub(toD, w.mean(toD, axes)) : toD;
        w.shapes.note(result, w.shapes.of(x));
        return result;
      },
    ];
  };
}

const linear =
  "Identity Neg Add Sub Sum Where Cast CastLike ReduceSum ReduceMean Reshape Flatten Squeeze Unsqueeze Transpose Expand Tile Trilu CumSum " +
  "Concat Split Slice Pad Gather GatherElements GatherND ScatterElements ScatterND AveragePool";
const ofOneNumber =
  "Sqrt Log Relu Exp Reciprocal Sin Cos Abs Tanh Sigmoid Softplus Erf HardSwish Gelu com.microsoft.Gelu Clip";
const products = "Mul MatMul com.microsoft.FusedMatMul Gemm Einsum Conv";

/**
 * The multipliers of DeepLIFT in place of the gradient, for a graph with a reference. Their sum, weighted with what text and reference differ by, is the difference of the targets up to rounding. Maxima are refused: they
 * have no rescale rule.
 */
export function deepLift(graph: Graph): RuleSet {
  const signal = signalOf(graph);
  const rules: Rules = new Map([
    ...changed(linear, (plain) => plain),
    ...changed(ofOneNumber, rescaled),
    ...changed(products, bilinear(signal)),
    ["Div", div(signal)],
    ["Pow", pow],
    ["Softmax", softmax],
    ["LayerNormalization", normalisation(true)],
    ["SimplifiedLayerNormalization", normalisation(false)],
    ["RMSNormalization", normalisation(false)],
  ]);
  return { rules, constants: new Set() };
}
