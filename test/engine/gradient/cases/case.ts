import type { Settings } from "../../../../src/graph/node";

/** An input of a case: random floats between `low` and `high`, given floats, or constant integers. */
export interface CaseInput {
  readonly dims: readonly number[];
  readonly values?: readonly number[];
  readonly integers?: readonly number[];
  readonly low?: number;
  readonly high?: number;
}

/** A node to come before or after the operator: its name, the values it reads, the one it makes, its settings. */
export type CaseNode = readonly [operator: string, from: string, to: string, settings?: Settings];

/** One use of one operator whose rule is compared with finite differences. */
export interface RuleCase {
  readonly operator: string;
  /** What is special about it. */
  readonly what: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  /** The inputs of the node in order, `""` for those left out; by default all of the case. */
  readonly read?: readonly string[];
  /** Integer inputs that are fed, not constants. */
  readonly fed?: readonly string[];
  readonly settings?: Settings;
  readonly fractions?: Readonly<Record<string, number>>;
  readonly outputs?: readonly string[];
  readonly before?: readonly CaseNode[];
  readonly after?: readonly CaseNode[];
  /** The value that is differentiated, by default the first output. */
  readonly target?: string;
  /** What it is differentiated with respect to, by default all floats. */
  readonly wrt?: readonly string[];
  readonly opset?: number;
  /** For operators the runtime has in 32-bit floats only. */
  readonly single?: boolean;
  /** For rules that must know how many axes there are. */
  readonly ranked?: boolean;
}

/** Random floats of a shape. */
export function floats(...dims: number[]): CaseInput {
  return { dims };
}

/** Random floats above ½, for functions that need them. */
export function positive(...dims: number[]): CaseInput {
  return { dims, low: 0.5, high: 2 };
}

/** Integers with one axis. */
export function list(...integers: number[]): CaseInput {
  return { dims: [integers.length], integers };
}
