import { ExplainError } from "../common/errors";
import type { Graph } from "./graph";
import { attributeOf, innerGraphs, integerAttribute, operatorOf } from "./node";
import type { GraphProto, NodeProto } from "./onnxSchema";
import { corrupt } from "./refusal";
import type { Dim, Shape } from "./shapes/dims";
import { Shapes } from "./shapes/shapes";
import { elementCount } from "./tensor";

/** Loops of more rounds than this, those inside one another multiplied, are refused; the longest text is one of them. */
const mostRounds = 10_000;

/** What a model may ask for with texts of so many tokens, in elements and in multiplications; with large weights it may be some times more. */
interface Allowance {
  readonly tokens: number;
  /** Of one value. */
  readonly elements: number;
  /** Of all values together, and so many times the weights. */
  readonly all: readonly [number, number];
  readonly multiplications: readonly [number, number];
}

const allowances: readonly Allowance[] = [
  { tokens: 16, elements: 2 ** 24, all: [2 ** 26, 16], multiplications: [2 ** 36, 64] },
  { tokens: 512, elements: 2 ** 26, all: [2 ** 32, 64], multiplications: [2 ** 40, 2 ** 11] },
];

/** Inputs that say how large a result is. */
const sizeInputs: ReadonlyMap<string, readonly number[]> = new Map([
  ["ConstantOfShape", [0]],
  ["Expand", [1]],
  ["OneHot", [1]],
  ["Pad", [1]],
  ["Range", [0, 1, 2]],
  ["Tile", [1]],
  ["com.microsoft.RelativePositionBias", [1, 2]],
]);

/**
 * Refuses graphs that take more time or memory than texts of 16 and of 512 tokens need: what operators would make is counted, that of loops once for
 * each round. Throws `model-file-corrupt` for absurd sizes, `operator-unsupported` for sizes and rounds that depend on the words of a text, are not
 * known before the model runs, or are too many.
 */
export function refuseMuchWork(graph: Graph): void {
  for (const allowance of allowances) {
    new Count(graph, allowance).of(graph, undefined, 1);
  }
}

/** Operators whose results may be larger than what they read, or make others' so, and how many inputs of unknown size that takes. */
const growing: ReadonlyMap<string, number> = new Map([
  ["Concat", 2],
  ["ConcatFromSequence", 1],
  ["Tile", 1],
  ["Expand", 1],
  ["Pad", 1],
  ["Einsum", 2],
  ["Unsqueeze", 1],
]);
/** So many of them may read values of unknown size: each could double what it reads, or multiply it with itself. */
const mostBlind = 8;

type Inner = Pick<Graph, "initialisers" | "inputs" | "nodes" | "valueInfo">;

class Count {
  readonly #allowance: Allowance;
  readonly #weights: number;
  readonly #largest: number;
  #elements = 0;
  #multiplications = 0;
  #blind = 0;

  constructor({ initialisers }: Graph, allowance: Allowance) {
    const weights = [...initialisers.values()].map(({ dims }) => elementCount(dims));
    const largestWeight = weights.reduce((a, b) => Math.max(a, b), 0);
    this.#allowance = allowance;
    this.#weights = weights.reduce((a, b) => a + b, 0);
    this.#largest = Math.max(allowance.elements, 4 * largestWeight);
  }

  /** Counts a graph that runs `rounds` times, and gives the shapes in it. `noted` are shapes of inputs that the graph itself does not tell. */
  of(graph: Inner, around: Shapes | undefined, rounds: number, noted: ReadonlyMap<string, Shape> = new Map()): Shapes {
    // The first axis is that of the texts.
    const shapes = new Shapes(graph, (axis) => (axis === 0 ? 1 : this.#allowance.tokens), around);
    for (const [name, shape] of noted) {
      shapes.note(name, shape);
    }
    for (const node of graph.nodes) {
      refuseUnknownSizes(node, shapes);
      this.#countBlind(node, shapes, rounds);
      shapes.noteNode(node);
      this.#countInner(node, shapes, rounds);
      shapes.noteRanks(node, graph);
      this.#add(node, shapes, rounds);
    }
    return shapes;
  }

  #countBlind(node: NodeProto, shapes: Shapes, rounds: number): void {
    const unknown = node.input.filter((name) => name !== "" && shapes.of(name) === undefined).length;
    this.#blind += unknown >= (growing.get(operatorOf(node)) ?? Number.POSITIVE_INFINITY) ? rounds : 0;
    if (this.#blind > mostBlind) {
      throw unknownSize(node);
    }
  }

  #add(node: NodeProto, shapes: Shapes, rounds: number): void {
    const { all, multiplications } = this.#allowance;
    const sizes = node.output.map((name) => sizeOf(shapes.of(name)));
    if (sizes.some((size) => size > this.#largest)) {
      throw corrupt("a tensor in it claims an absurd size");
    }
    this.#elements += rounds * sizes.reduce((a, b) => a + b, 0);
    this.#multiplications += rounds * (sizes[0] ?? 0) * summedOver(node, shapes);
    const tooMany = (count: number, [least, times]: readonly [number, number]) => count > least + times * this.#weights;
    if (tooMany(this.#elements, all) || tooMany(this.#multiplications, multiplications)) {
      throw corrupt("it claims to need more memory or time than any known model");
    }
  }

  #countInner(node: NodeProto, shapes: Shapes, rounds: number): void {
    const operator = operatorOf(node);
    if (operator === "Loop" || operator === "Scan") {
      this.#countLoop(node, operator === "Loop", shapes, rounds);
      return;
    }
    const branches = innerGraphs(node).map((inner) => {
      const own = this.of(asGraph(inner), shapes, rounds);
      return inner.output.map(({ name }) => own.of(name));
    });
    for (const [at, name] of node.output.entries()) {
      const [shape, ...others] = branches.map((outputs) => outputs[at]);
      if (shape && others.every((other) => isSame(other, shape))) {
        shapes.note(name, shape);
      }
    }
  }

  /** What a loop carries from round to round keeps its shape, or it would grow without end. */
  #countLoop(node: NodeProto, isLoop: boolean, shapes: Shapes, before: number): void {
    const [body] = innerGraphs(node);
    const scanned = isLoop ? 0 : integerAttribute(node, "num_scan_inputs", 0);
    const own = isLoop ? shapes.valueOf(node.input[0])?.[0] : lengthOf(node.input.slice(-scanned), shapes);
    const rounds = isKnown(own === undefined ? undefined : [own]) ? Math.max(1, Number(own)) : Number.POSITIVE_INFINITY;
    const isPlain = !["scan_input_axes", "scan_output_axes"].some((name) =>
      attributeOf(node, name)?.ints.some((axis) => axis !== 0n),
    );
    if (!body || !isPlain || before * rounds > mostRounds) {
      throw tooManyRounds(node);
    }
    // A Loop reads its number of rounds and a condition first, and its body gives the condition first.
    const [inputs, results] = isLoop ? [node.input.slice(2), body.output.slice(1)] : [node.input, body.output];
    const states = inputs.length - scanned;
    const noted = new Map<string, Shape>();
    const names = body.input.slice(isLoop ? 2 : 0).map(({ name = "" }) => name);
    for (const [at, name] of names.entries()) {
      const shape = shapes.of(inputs[at]);
      if (shape) {
        noted.set(name, at < states ? shape : shape.slice(1));
      }
    }
    const inside = this.of(asGraph(body), shapes, before * rounds, noted);
    for (const [at, { name }] of results.entries()) {
      const shape = inside.of(name);
      if (at < states && !isSame(shape, noted.get(names[at] ?? ""))) {
        throw tooManyRounds(node);
      }
      shapes.note(node.output[at] ?? "", at < states ? shape : shape && [rounds, ...shape]);
    }
  }
}

function asGraph({ initializer, input, node, valueInfo }: GraphProto): Inner {
  const initialisers = new Map(initializer.map((tensor) => [tensor.name ?? "", tensor]));
  return {
    initialisers,
    inputs: input.filter(({ name }) => !initialisers.has(name ?? "")),
    nodes: node,
    valueInfo: new Map(valueInfo.map((info) => [info.name ?? "", info])),
  };
}

/** How long the first axis of what is scanned is. */
function lengthOf([name]: readonly string[], shapes: Shapes): Dim | undefined {
  return shapes.of(name)?.[0];
}

/** Sizes that are not known count as 1. */
function sizeOf(shape: Shape | undefined): number {
  return shape ? elementCount(shape.map((dim) => Math.max(1, Math.abs(Number(dim) || 1)))) : 1;
}

function isSame(a: Shape | undefined, b: Shape | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** How many products are added for each element of a result. */
function summedOver(node: NodeProto, shapes: Shapes): number {
  const [a, b] = [shapes.of(node.input[0]), shapes.of(node.input[1])];
  switch (operatorOf(node)) {
    case "MatMul":
    case "MatMulInteger":
    case "Gemm":
    case "com.microsoft.FusedMatMul":
    case "com.microsoft.FusedGemm":
      return Math.max(Number(a?.at(-1)) || 1, Number(a?.at(-2)) || 1);
    case "com.microsoft.MatMulNBits":
      return Number(a?.at(-1)) || 1;
    case "Conv":
      return sizeOf(b?.slice(1));
    case "Einsum":
      return Math.min(...node.input.map((input) => sizeOf(shapes.of(input))));
    default:
      return 0;
  }
}

function refuseUnknownSizes(node: NodeProto, shapes: Shapes): void {
  const asked = (sizeInputs.get(operatorOf(node)) ?? []).map((at) => node.input[at] ?? "");
  if (asked.some((name) => name !== "" && !isKnown(shapes.valueOf(name)))) {
    throw unknownSize(node);
  }
}

function unknownSize(node: NodeProto): ExplainError {
  return new ExplainError(
    "operator-unsupported",
    "This model uses the operator {0} with a size that is not known before it runs. Export it again or choose another model.",
    operatorOf(node),
  );
}

function isKnown(value: Shape | undefined): boolean {
  return value?.every((dim) => typeof dim === "number" && !Number.isNaN(dim)) === true;
}

function tooManyRounds(node: NodeProto): ExplainError {
  return new ExplainError(
    "operator-unsupported",
    "This model uses the operator {0} with more rounds than can be waited for. Export it with operators that do not loop.",
    operatorOf(node),
  );
}
