import { ExplainError } from "../../common/errors";
import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf, newNames } from "../graph";
import { makeNode, type Settings } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { Shapes } from "../shapes/shapes";
import { floatTensor, integerTensor, makeTensor, type Numbers, tensorNumbers } from "../tensor";
import { typesOf } from "../types";
import type { References } from "./reference";

/** The oldest operator set in which the backward pass can be written. */
export const oldestForGradients = 13;

/** An operator as it was applied; `at` is which of its outputs is meant. */
interface Application {
  readonly operator: string;
  readonly input: readonly string[];
  readonly settings: Settings;
  readonly outputs: number;
  readonly at: number;
}

/**
 * Writes the nodes of the backward pass and their constants, keeping shapes in mind. What has been written once is not written again: the
 * same operator on the same values gives the same value.
 */
export class Writer {
  readonly nodes: NodeProto[] = [];
  readonly constants = new Map<string, TensorProto>();
  readonly shapes: Shapes;
  /** Producers and consumers in the forward pass. */
  readonly links: Links;
  readonly opset: number;
  private readonly types: ReadonlyMap<string, number>;
  private readonly initialisers: ReadonlyMap<string, TensorProto>;
  private readonly fresh: (about: string) => string;
  private readonly written = new Map<string, readonly string[]>();
  private readonly references: Map<string, string>;
  /** What each value that was written is the result of. */
  private readonly origins = new Map<string, Application>();

  /** `references` has the values of the forward pass that are computed of a reference too. */
  constructor(graph: Graph, references: References = new Map()) {
    this.references = new Map(
      [...references].flatMap(([text, reference]) => [
        [text, reference],
        [reference, text],
      ]),
    );
    this.shapes = new Shapes(graph);
    this.links = linksOf(graph);
    this.opset = graph.opset;
    this.types = typesOf(graph);
    this.initialisers = graph.initialisers;
    this.fresh = newNames(graph);
  }

  /** Applies an operator, named as `operatorOf` does, and returns its first output. */
  op(operator: string, input: readonly string[], settings: Settings = {}): string {
    return this.ops(operator, input, settings, 1)[0] ?? "";
  }

  /** Applies an operator with several outputs. */
  ops(operator: string, input: readonly string[], settings: Settings, outputs: number): readonly string[] {
    const key = JSON.stringify([operator, input, settings, outputs]);
    const known = this.written.get(key);
    if (known) {
      return known;
    }
    const names = Array.from({ length: outputs }, () => this.fresh(`gradient/${operator}`));
    const node = makeNode(operator, input, names, settings);
    this.nodes.push(node);
    this.shapes.noteNode(node);
    this.written.set(key, names);
    for (const [at, name] of names.entries()) {
      this.origins.set(name, { operator, input, settings, outputs, at });
    }
    return names;
  }

  /** A value of the forward pass, or one written here of such values, with text and reference exchanged: what the reference has for it; the value itself where both have the same. */
  reference(value: string): string {
    const known = this.references.get(value);
    if (known !== undefined) {
      return known;
    }
    const origin = this.origins.get(value);
    if (!origin) {
      return value;
    }
    const { operator, input, settings, outputs, at } = origin;
    const read = input.map((name) => this.reference(name));
    const isSame = read.every((name, index) => name === input[index]);
    const found = isSame ? value : (this.ops(operator, read, settings, outputs)[at] ?? "");
    this.references.set(value, found).set(found, value);
    return found;
  }

  add = (a: string, b: string): string => this.op("Add", [a, b]);
  sub = (a: string, b: string): string => this.op("Sub", [a, b]);
  mul = (a: string, b: string): string => this.op("Mul", [a, b]);
  div = (a: string, b: string): string => this.op("Div", [a, b]);
  neg = (a: string): string => this.op("Neg", [a]);
  /** a where the condition holds, else b. */
  where = (condition: string, a: string, b: string): string => this.op("Where", [condition, a, b]);

  /** A scalar of the element type of a value of the forward pass. */
  number(value: number, like: string): string {
    const type = this.types.get(like);
    if (type === elementTypes.float64) {
      return this.constant(`f64 ${value}`, (name) =>
        makeTensor(name, type, [], new Uint8Array(Float64Array.of(value).buffer)),
      );
    }
    return this.castLike(
      this.constant(`f32 ${value}`, (name) => floatTensor(name, [], Float32Array.of(value))),
      like,
      elementTypes.float32,
    );
  }

  /** A value of element type `from`, if known, with the element type of a value of the forward pass. */
  castLike(value: string, like: string, from: number | undefined): string {
    const type = this.types.get(like);
    if (type === undefined) {
      return this.opset >= 15
        ? this.op("CastLike", [value, like])
        : this.op("Cast", [value], { to: elementTypes.float32 });
    }
    return type === from ? value : this.op("Cast", [value], { to: type });
  }

  /** The element type of a value of the forward pass, if known. */
  typeOf(value: string): number | undefined {
    return this.types.get(value);
  }

  /** A constant of 64-bit integers with one axis. */
  integers(values: readonly number[]): string {
    return this.constant(`i64 ${values.join(" ")}`, (name) => integerTensor(name, [values.length], values.map(BigInt)));
  }

  /** A 64-bit integer without axes. */
  integer(value: number): string {
    return this.constant(`i64[] ${value}`, (name) => integerTensor(name, [], [BigInt(value)]));
  }

  private constant(key: string, make: (name: string) => TensorProto): string {
    const known = this.written.get(key)?.[0];
    if (known !== undefined) {
      return known;
    }
    const name = this.fresh("gradient/constant");
    const tensor = make(name);
    this.constants.set(name, tensor);
    this.shapes.noteConstant(name, tensor);
    this.written.set(key, [name]);
    return name;
  }

  /** Whether a value is a constant of the model. */
  isWeight(value: string): boolean {
    return this.initialisers.has(value);
  }

  /** The elements of a constant of the model. */
  numbersOf(value: string): Numbers | undefined {
    const tensor = this.initialisers.get(value);
    return tensor && tensorNumbers(tensor);
  }

  /** The number of axes of a value; refuses by the name of `operator` where it cannot be told. */
  rank(value: string, operator: string): number {
    const rank = this.shapes.of(value)?.length;
    if (rank === undefined) {
      throw refusal(operator, "the number of axes of its input cannot be told");
    }
    return rank;
  }

  shape(value: string): string {
    return this.op("Shape", [value]);
  }

  /** The size along an axis, as an integer tensor of one element; a constant where it is known. */
  size(value: string, axis: number): string {
    const size = this.shapes.of(value)?.at(axis);
    return typeof size === "number"
      ? this.integers([size])
      : this.op("Gather", [this.shape(value), this.integers([axis])]);
  }

  /** Zeros shaped like a value of the forward pass. */
  zeros(like: string): string {
    return this.op("Expand", [this.number(0, like), this.shape(like)]);
  }

  /** Reshape to sizes that are meant as they are: 0 is an empty axis, where the operator set can say so. */
  reshape(value: string, shape: string): string {
    return this.op("Reshape", [value, shape], this.opset >= 14 ? { allowzero: 1 } : {});
  }

  reshapeLike(value: string, like: string): string {
    const [have, want] = [this.shapes.of(value), this.shapes.of(like)];
    const same = have && want && have.length === want.length && have.every((dim, axis) => dim === want[axis]);
    if (same) {
      return value;
    }
    const result = this.reshape(value, this.shape(like));
    this.shapes.note(result, want);
    return result;
  }

  /** The sum over axes, given as numbers or as an integer tensor; none means none. */
  sum(value: string, axes: readonly number[] | string, keepdims: boolean): string {
    const input = typeof axes === "string" ? axes : this.integers(axes);
    return this.op("ReduceSum", [value, input], { keepdims: keepdims ? 1 : 0, noop_with_empty_axes: 1 });
  }

  /** The mean over axes, which stay as axes of size 1. */
  mean(value: string, axes: readonly number[]): string {
    return this.opset >= 18
      ? this.op("ReduceMean", [value, this.integers(axes)])
      : this.op("ReduceMean", [value], { axes });
  }

  unsqueeze(value: string, axes: readonly number[]): string {
    return this.op("Unsqueeze", [value, this.integers(axes)]);
  }

  /** Refuses an operator that needs a newer operator set than the model's. */
  needs(opset: number, operator: string): void {
    if (this.opset < opset) {
      throw refusal(operator, `it needs operator set ${opset}, the model has ${this.opset}`);
    }
  }
}

/** The error for an operator that gradients cannot pass; `why` completes "no gradient through Gather: …". */
export function refusal(operator: string, why: string): ExplainError {
  return new ExplainError(
    "operator-unsupported",
    "Gradients cannot be computed for this model: they cannot pass the operator {0}, because {1}. Choose a method that needs no gradients.",
    operator,
    why,
  );
}
