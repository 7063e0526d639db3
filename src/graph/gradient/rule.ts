import type { NodeProto } from "../onnxSchema";
import type { Writer } from "./writer";

/** Names of inputs by position, `""` for those left out; padded, so that the first few can always be taken apart. */
export type Inputs = readonly [string, string, string, string, string, ...string[]];

/**
 * One step back through one node y = f(x…), with the letters of the formulas: `x` its inputs, `y` its first output, `g` the adjoint of
 * `y`, that is the gradient of the target with respect to it, shaped like it.
 */
export interface Step {
  readonly node: NodeProto;
  readonly x: Inputs;
  readonly y: string;
  readonly g: string;
  /** The adjoint of each output, `undefined` where the target does not depend on it. Only rules of Split look further than `g`. */
  readonly adjoints: readonly (string | undefined)[];
  /** Where the nodes of the backward pass go. */
  readonly w: Writer;
}

/** Writes the adjoint of one input, shaped like it, and returns the name of the value. Called only where that adjoint is wanted. */
export type Adjoint = () => string;

/**
 * The rule of an operator: for each input by position the function that writes its adjoint, the vector-Jacobian product gᵀ·∂y/∂x.
 * Inputs without one are refused when a gradient with respect to them is needed.
 */
export type Rule = (step: Step) => readonly (Adjoint | undefined)[];

/** A set of rules by operator, named as `operatorOf` does. Other sets replace some rules of another one. */
export type Rules = ReadonlyMap<string, Rule>;

/** Rules for one graph, and the values of it that they take as constants. */
export interface RuleSet {
  readonly rules: Rules;
  readonly constants: ReadonlySet<string>;
  /** Values that carry nothing of the text and are added to what does, where a rule set shares relevance out: by whether they are weights. */
  readonly absorbs?: { readonly biases: readonly string[]; readonly places: readonly string[] };
}
