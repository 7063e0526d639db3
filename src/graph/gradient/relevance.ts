import { findAttention } from "../attention";
import { type Graph, type Links, linksOf, longestSearch } from "../graph";
import { operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { tensorNumbers } from "../tensor";
import { dependentOn, fedInputs, signalOf } from "./dependence";
import { changed } from "./plainGradient";
import type { Rule, RuleSet, Rules } from "./rule";
import { normalised } from "./rules/normalisation";
import { unbroadcast } from "./unbroadcast";

/*
 * Layer-wise relevance propagation as one backward pass: the relevance of x is x·∂x, with the adjoints below in place of the gradient. A rule
 * conserves relevance where Σ x·∂x over its inputs is y·g; what biases and Softmax take is missing in the end.
 */

/** y = f(x): ∂x = g·y/x, so that x·∂x = y·g. Near 0, where f(0) = 0 makes that f′, the gradient is taken. */
function passedOn(plain: Rule): Rule {
  return (step) => [
    () => {
      const { y, g, w } = step;
      const [x] = step.x;
      const tiny = w.op("Less", [w.op("Abs", [x]), w.number(1e-6, x)]);
      return w.where(tiny, plain(step)[0]?.() ?? "", w.mul(g, w.div(y, x)));
    },
  ];
}

/** y = Π xᵢ: relevance is shared equally among the factors that carry any; products with weights are left as they are. */
const shared =
  (signal: ReadonlySet<string>) =>
  (plain: Rule): Rule =>
  (step) => {
    const factors = step.node.input.slice(0, step.node.opType === "Einsum" ? undefined : 2);
    const count = factors.filter((x) => signal.has(x)).length;
    if (count < 2) {
      return plain(step);
    }
    const [x] = step.x;
    return plain({ ...step, g: step.w.mul(step.g, step.w.number(1 / count, x)) });
  };

/** y = (x − m)/σ·s + b with σ as a constant: ∂x = h − mean(h), h = g·s/σ; without the mean where the normalisation takes none off. */
function normalisedBy(centred: boolean): Rule {
  return (step) => [
    () => {
      const { x, g, w } = step;
      const [input, scale] = x;
      const { inverse, axes } = normalised(step, centred);
      const h = w.mul(scale ? w.mul(g, scale) : g, inverse);
      const adjoint = centred ? w.sub(h, w.mean(h, axes)) : h;
      w.shapes.note(adjoint, w.shapes.of(input));
      return adjoint;
    },
    undefined,
    () => unbroadcast(step.g, step.x[2], step.w),
  ];
}

/** y = a/b for b that carries no relevance. */
const quotient =
  (plain: Rule): Rule =>
  (step) =>
    plain(step).slice(0, 1);

const asGradient =
  "Identity Neg Relu Add Sub Sum Where Clip Max Min Cast CastLike Softmax ReduceSum ReduceMean ReduceMax ReduceMin Reshape Flatten Squeeze Unsqueeze " +
  "Transpose Expand Tile Trilu CumSum Concat Split Slice Pad Gather GatherElements GatherND ScatterElements ScatterND AveragePool";
const passing = "Tanh Sigmoid Softplus HardSwish Gelu com.microsoft.Gelu";
const sharing = "Mul MatMul com.microsoft.FusedMatMul Gemm Einsum Conv";

const rulesWith = (signal: ReadonlySet<string>): Rules =>
  new Map([
    ...changed(asGradient, (plain) => plain),
    ...changed(passing, passedOn),
    ...changed(sharing, shared(signal)),
    ...changed("Div", quotient),
    ["LayerNormalization", normalisedBy(true)],
    ["SimplifiedLayerNormalization", normalisedBy(false)],
    ["RMSNormalization", normalisedBy(false)],
  ]);

/**
 * AttnLRP (Achtibat et al., ICML 2024, sections 3.2 and 3.3 in the form of one backward pass): activation functions pass relevance on, products of two
 * activations share it equally, the standard deviation of normalisations and the gate x ↦ f(x)/x of an activation function are constants, Softmax
 * has its first-order Taylor rule, which is its gradient. Operators that have no such rule, like Exp, are refused.
 */
export function attnLrp(graph: Graph): RuleSet {
  return withConstants(graph, []);
}

/** CP-LRP (Ali et al., ICML 2022): as {@link attnLrp}, with attention probabilities as constants, so that relevance goes through values only. */
export function cpLrp(graph: Graph): RuleSet {
  return withConstants(
    graph,
    findAttention(graph).map(({ value }) => value),
  );
}

function withConstants(graph: Graph, more: readonly string[]): RuleSet {
  const links = linksOf(graph);
  const made = graph.nodes.filter((node) => isSpread(node, graph) || isGate(node, graph, links));
  const constants = new Set([...more, ...made.flatMap((node) => node.output)]);
  const signal = signalOf(graph, constants);
  return {
    rules: rulesWith(signal),
    constants,
    absorbs: addends(graph, links, dependentOn(fedInputs(graph), constants, graph)),
  };
}

/** Inputs by place that are added to the rest, of operators that add. */
const added: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  Sum: [0, 1, 2, 3],
  Sub: [0, 1],
  Gemm: [2],
  Conv: [2],
  LayerNormalization: [2],
};
const betweenScores = new Set([
  "Add",
  "Sum",
  "Sub",
  "Mul",
  "Div",
  "Where",
  "Cast",
  "Identity",
  "Reshape",
  "Max",
  "Clip",
]);

/** What is added to what depends on the words that are fed, and does not itself, other than inside attention scores, where masks are added that may be infinite. */
function addends(graph: Graph, links: Links, words: ReadonlySet<string>): NonNullable<RuleSet["absorbs"]> {
  const isConstant = (value: string) => graph.initialisers.has(value);
  const scores = new Set(
    graph.nodes.flatMap((node) =>
      operatorOf(node) === "Softmax" ? [...sources(node.input[0] ?? "", betweenScores, links, isConstant)] : [],
    ),
  );
  const found = graph.nodes.flatMap((node) => {
    const output = node.output[0] ?? "";
    const places = words.has(output) && !scores.has(output) ? (added[operatorOf(node)] ?? []) : [];
    return places.flatMap((place) => node.input[place] || []).filter((value) => !words.has(value));
  });
  const all = [...new Set(found)];
  return { biases: all.filter(isConstant), places: all.filter((value) => !isConstant(value)) };
}

/** Whether a node makes the standard deviation of a normalisation that is written out: roots of activations occur nowhere else. */
function isSpread(node: NodeProto, graph: Graph): boolean {
  const operator = operatorOf(node);
  const exponent = operator === "Pow" ? graph.initialisers.get(node.input[1] ?? "") : undefined;
  const isRoot = exponent && Array.from<number>(tensorNumbers(exponent)).every((value) => Math.abs(value) === 0.5);
  return operator === "Sqrt" || operator === "ReduceL2" || isRoot === true;
}

const gates = new Set(["Erf", "Sigmoid", "Tanh"]);
const scaling = new Set(["Mul", "Div", "Cast", "Identity"]);
const elementwise = new Set([...scaling, "Add", "Sub", "Pow", "Tanh", "Softplus", "Neg"]);

/** Whether a node is the gate of an activation function that is written out: x is multiplied by something that is made of x alone. */
function isGate(node: NodeProto, graph: Graph, links: Links): boolean {
  if (!gates.has(operatorOf(node))) {
    return false;
  }
  const isConstant = (value: string) => graph.initialisers.has(value);
  const own = sources(node.input[0] ?? "", elementwise, links, isConstant);
  let value = node.output[0] ?? "";
  for (let steps = 0; steps < longestSearch; steps++) {
    const [reader, second] = links.consumers(value);
    if (!reader || second) {
      return false;
    }
    const other = reader.input.find((input) => input !== value);
    if (other !== undefined && !isConstant(other)) {
      const isProduct = operatorOf(reader) === "Mul";
      return isProduct && [...sources(other, scaling, links, isConstant)].some((source) => own.has(source));
    }
    if (!elementwise.has(operatorOf(reader))) {
      return false;
    }
    value = reader.output[0] ?? "";
  }
  return false;
}

/** A value and what it is made of by the given operators. */
function sources(
  value: string,
  operators: ReadonlySet<string>,
  links: Links,
  isConstant: (value: string) => boolean,
): ReadonlySet<string> {
  const seen = new Set([value]);
  const pending = [value];
  for (let current = pending.pop(); current !== undefined && seen.size < longestSearch; current = pending.pop()) {
    const node = links.producer(current);
    if (node && operators.has(operatorOf(node))) {
      for (const input of node.input.filter((name) => !seen.has(name) && !isConstant(name))) {
        seen.add(input);
        pending.push(input);
      }
    }
  }
  return seen;
}
