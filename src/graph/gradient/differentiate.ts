import { ExplainError } from "../../common/errors";
import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { makeNode, operatorOf, valuesRead } from "../node";
import type { NodeProto, TensorTypeProto, ValueInfoProto } from "../onnxSchema";
import { prune } from "../passes/prune";
import { shorten } from "../tensor";
import { dependentOn } from "./dependence";
import { plainGradient } from "./plainGradient";
import type { References } from "./reference";
import type { Inputs, Rule, Rules } from "./rule";
import { oldestForGradients, refusal, Writer } from "./writer";

/** What a gradient is taken of and with respect to what. */
export interface Differentiation {
  /** The value that is differentiated, for example the logits. */
  readonly target: string;
  /** The name of the new input that weighs the elements of the target: shaped like it, 1 for a logit and 0 for the others. */
  readonly seed: string;
  /** The values whose gradients are wanted, each with the name of the output that returns it, shaped like the value. */
  readonly wrt: ReadonlyMap<string, string>;
  /** Values that are taken as constants: nothing goes back through them. None by default. */
  readonly constants?: ReadonlySet<string>;
  /** Values that are computed of a reference too, for rules that compare with it. None by default. */
  readonly references?: References;
}

/**
 * Adds the backward pass to a graph: outputs with the gradients of Σ seed·target, by reverse mode. From the target back to the start, each node
 * turns the adjoint of its output into adjoints of its inputs by the rule of its operator; where a value is read several times, its adjoints
 * are added (Griewank and Walther, Evaluating Derivatives, 2008, ch. 3). Only nodes on a way from a `wrt` value to the target take part; a
 * value without such a way has a gradient of zeros. Throws `operator-unsupported` for operators without a rule and operator sets before 13.
 */
export function differentiate(
  graph: Graph,
  { target, seed, wrt, constants = new Set(), references }: Differentiation,
  rules: Rules = plainGradient,
): Graph {
  if (graph.opset < oldestForGradients) {
    throw refusal("ReduceSum", `it needs operator set ${oldestForGradients}, the model has ${graph.opset}`);
  }
  const known = new Set([...graph.inputs.map(({ name }) => name), ...graph.initialisers.keys()]);
  for (const node of graph.nodes) {
    for (const output of node.output) {
      known.add(output);
    }
  }
  const stranger = [target, ...wrt.keys()].find((value) => !known.has(value));
  if (stranger !== undefined || known.has(seed)) {
    throw new ExplainError("internal", "The model has no value {0} to differentiate.", shorten(stranger ?? seed));
  }
  const w = new Writer({ ...graph, inputs: [...graph.inputs, { name: seed }] }, references);
  w.shapes.note(seed, w.shapes.of(target));
  const active = dependentOn(wrt.keys(), constants, graph);
  const adjoints = new Adjoints(w);
  if (active.has(target)) {
    adjoints.add(target, seed);
  }
  for (const node of graph.nodes.toReversed()) {
    if (node.output.some((output) => active.has(output) && adjoints.has(output))) {
      stepBack(node, active, adjoints, rules, w);
    }
  }
  const results = [...wrt].map(([value, name]) => makeNode("Identity", [adjoints.of(value) ?? w.zeros(value)], [name]));
  const typed = (name: string, like: string): ValueInfoProto => ({
    name,
    type: { tensorType: typeOf(like, graph, w) },
  });
  return prune({
    ...graph,
    inputs: [...graph.inputs, typed(seed, target)],
    outputs: [...graph.outputs, ...[...wrt].map(([value, name]) => typed(name, value))],
    nodes: [...graph.nodes, ...seedLast(w.nodes, seed), ...results],
    initialisers: new Map([...graph.initialisers, ...w.constants]),
  });
}

/** The adjoints found so far. */
class Adjoints {
  private readonly parts = new Map<string, string[]>();

  constructor(private readonly w: Writer) {}

  has(value: string): boolean {
    return this.parts.has(value);
  }

  add(value: string, adjoint: string): void {
    this.parts.set(value, [...(this.parts.get(value) ?? []), adjoint]);
  }

  /** The sum of what all readers of a value contributed. */
  of(value: string): string | undefined {
    const parts = this.parts.get(value);
    const sum = parts?.reduce((a, b) => this.w.add(a, b));
    if (sum !== undefined) {
      this.parts.set(value, [sum]);
    }
    return sum;
  }
}

function stepBack(node: NodeProto, active: ReadonlySet<string>, adjoints: Adjoints, rules: Rules, w: Writer): void {
  const operator = operatorOf(node);
  const rule: Rule | undefined = rules.get(operator);
  const needed = valuesRead(node).filter((value) => active.has(value));
  if (needed.length === 0) {
    return;
  }
  if (!rule) {
    throw refusal(shorten(operator), "there is no rule for it");
  }
  const own = node.output.map((output) => adjoints.of(output));
  if (operator !== "Split" && own.slice(1).some((adjoint) => adjoint !== undefined)) {
    throw refusal(operator, "more than its first result is used");
  }
  const x: Inputs = [...(node.input as readonly [string, string, string, string, string]), "", "", "", "", ""];
  const y = node.output[0] ?? "";
  const back = rule({ node, x, y, g: own[0] ?? "", adjoints: own, w });
  for (const [index, input] of node.input.entries()) {
    if (active.has(input)) {
      const adjoint = back[index];
      if (!adjoint) {
        throw refusal(operator, `there is no rule for its input ${index + 1}`);
      }
      adjoints.add(input, adjoint());
    }
  }
}

/**
 * The nodes of a backward pass with those first that do not depend on the seed. The runtime goes back from the results and takes, of what a node reads, what comes last
 * in the file first: so each adjoint is there before what it is multiplied with, which otherwise would be computed for all layers before the first adjoint, and held.
 */
function seedLast(nodes: readonly NodeProto[], seed: string): NodeProto[] {
  const dependent = new Set([seed]);
  const [first, last]: [NodeProto[], NodeProto[]] = [[], []];
  for (const node of nodes) {
    const isLast = node.input.some((input) => dependent.has(input));
    (isLast ? last : first).push(node);
    for (const output of isLast ? node.output : []) {
      dependent.add(output);
    }
  }
  return [...first, ...last];
}

/** The type of a new input or output that is shaped like a value. */
function typeOf(like: string, graph: Graph, w: Writer): TensorTypeProto {
  const given = [...graph.outputs, ...graph.inputs].find(({ name }) => name === like)?.type?.tensorType;
  return given ?? { elemType: w.typeOf(like) ?? elementTypes.float32 };
}
