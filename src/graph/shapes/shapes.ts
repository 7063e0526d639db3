import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { integerTensor, tensorNumbers } from "../tensor";
import type { Dim, Shape } from "./dims";
import type { KnownShapes, ShapesSoFar } from "./known";
import { shapeRules } from "./shapeRules";
import { holdsFloats, longestValue, shapeValue } from "./shapeValues";

/** More axes than this no model has. */
const mostAxes = 64;
/** Names of sizes are products of names; a file must not make them long without end. */
const longestName = 200;

/**
 * What is known of the shapes of values without running the model: ranks, fixed sizes, and which sizes are the same. Only what inputs and
 * constants say is believed; of shapes that a file notes for values in between, which are often wrong, the rank is used where nothing else
 * tells it. Inputs that give a size the same name must be fed with the same size.
 */
export class Shapes implements KnownShapes, ShapesSoFar {
  readonly #shapes = new Map<string, Shape>();
  /** Small tensors of at most one axis that hold sizes: what Shape returns and what is computed from it. */
  readonly #values = new Map<string, Shape>();
  /** Those of {@link #values} that hold floats, which divide otherwise. */
  readonly #floats = new Set<string>();
  readonly #own: ReadonlySet<string>;
  readonly #size: ((axis: number) => number) | undefined;
  readonly #around: Shapes | undefined;
  #unknown = 0;

  /** `size` says what sizes that the graph leaves open are taken for, by their axis; without it they are names. */
  constructor(
    graph: Pick<Graph, "initialisers" | "inputs" | "nodes" | "valueInfo">,
    size?: (axis: number) => number,
    around?: Shapes,
  ) {
    this.#size = size;
    this.#around = around;
    this.#own = new Set(around ? namesIn(graph) : []);
    for (const [name, tensor] of graph.initialisers) {
      this.noteConstant(name, tensor);
    }
    for (const { name, type } of graph.inputs) {
      const dims = type?.tensorType?.shape?.dim;
      if (name && dims) {
        this.note(
          name,
          dims.map(({ dimValue, dimParam }, axis) => dimValue ?? size?.(axis) ?? plainName(dimParam) ?? this.anySize()),
        );
      }
    }
    if (!size) {
      for (const node of graph.nodes) {
        this.noteNode(node);
        this.noteRanks(node, graph);
      }
    }
  }

  /** Believes the file about the ranks of a node's results that nothing else tells. */
  noteRanks(node: NodeProto, { valueInfo }: Pick<Graph, "valueInfo">): void {
    for (const output of node.output.filter((name) => !this.#shapes.has(name))) {
      this.note(
        output,
        valueInfo.get(output)?.type?.tensorType?.shape?.dim.map(() => this.anySize()),
      );
    }
  }

  of(value: string | undefined): Shape | undefined {
    return this.#shapes.get(value ?? "") ?? this.#outer(value)?.of(value);
  }

  valueOf(value: string | undefined): Shape | undefined {
    return this.#values.get(value ?? "") ?? this.#outer(value)?.valueOf(value);
  }

  isFloat(value: string | undefined): boolean {
    return this.#floats.has(value ?? "") || this.#outer(value)?.isFloat(value) === true;
  }

  /** Where a value is looked up that this graph does not make itself. */
  #outer(value: string | undefined): Shapes | undefined {
    return this.#own.has(value ?? "") ? undefined : this.#around;
  }

  all(): IterableIterator<[string, Shape]> {
    return this.#shapes.entries();
  }

  anySize(most: Dim = Number.NaN): Dim {
    return this.#size ? most : `?${++this.#unknown}`;
  }

  anySizes(count: Dim | undefined): Shape | undefined {
    return typeof count === "number" && count >= 0 && count <= mostAxes
      ? Array.from({ length: count }, () => this.anySize())
      : undefined;
  }

  /** Tells the shape of a value that no node noted here makes. */
  note(value: string, shape: Shape | undefined): void {
    if (shape && value !== "" && shape.length <= mostAxes) {
      this.#shapes.set(value, this.#bounded(shape));
    }
  }

  noteConstant(name: string, tensor: TensorProto): void {
    this.note(name, tensor.dims);
    if (numeric.has(tensor.dataType) && tensor.dims.length < 2 && (tensor.dims[0] ?? 1) <= longestValue) {
      this.#noteValue(name, Array.from<number>(tensorNumbers(tensor)), tensor.dataType === elementTypes.float32);
    }
  }

  /** Works out what a node tells about its results; nodes must come in the order in which they are computed. */
  noteNode(node: NodeProto): void {
    const operator = operatorOf(node);
    const constant = operator === "Constant" ? constantOf(node) : undefined;
    if (constant) {
      this.noteConstant(node.output[0] ?? "", constant);
      return;
    }
    const value = shapeValue(node, operator, this);
    if (value) {
      this.#noteValue(node.output[0] ?? "", this.#bounded(value), holdsFloats(node, operator, this));
    }
    const found = shapeRules.get(operator)?.(node, this) ?? [];
    for (const [index, shape] of found.entries()) {
      this.note(node.output[index] ?? "", shape);
    }
    if ((found[0]?.length ?? 0) > 1) {
      this.#values.delete(node.output[0] ?? "");
    }
  }

  #noteValue(name: string, value: Shape, isFloat: boolean): void {
    this.#values.set(name, value);
    if (isFloat) {
      this.#floats.add(name);
    }
  }

  broadcast(operands: readonly (Shape | undefined)[]): Shape | undefined {
    return operands.reduce((a, b) => {
      if (!a || !b) {
        return undefined;
      }
      const rank = Math.max(a.length, b.length);
      return Array.from({ length: rank }, (_, axis) => {
        const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
        if (m === n || n === 1) {
          return m;
        }
        if (m === 1) {
          return n;
        }
        return typeof m === "number" ? m : typeof n === "number" ? n : this.anySize();
      });
    });
  }

  #bounded(shape: Shape): Shape {
    const isLong = (dim: Dim) => typeof dim === "string" && dim.length > longestName;
    return shape.some(isLong) ? shape.map((dim) => (isLong(dim) ? this.anySize() : dim)) : shape;
  }
}

const numeric: ReadonlySet<number | undefined> = new Set([
  elementTypes.int64,
  elementTypes.int32,
  elementTypes.float32,
]);

function namesIn({ initialisers, inputs, nodes }: Pick<Graph, "initialisers" | "inputs" | "nodes">): string[] {
  return [...initialisers.keys(), ...inputs.map(({ name = "" }) => name), ...nodes.flatMap(({ output }) => output)];
}

const ofGraphs = new WeakMap<Graph, KnownShapes>();

/** The shapes of a graph, worked out at the first call for it. */
export function shapesOf(graph: Graph): KnownShapes {
  const shapes = ofGraphs.get(graph) ?? new Shapes(graph);
  ofGraphs.set(graph, shapes);
  return shapes;
}

/** A name that could be taken for a product is none. */
function plainName(name: string | undefined): string | undefined {
  return name && /^[\p{L}_][^*?]*$/u.test(name) ? name : undefined;
}

/** What a Constant node holds, where that is a tensor or whole numbers; of floats the shape is right and the numbers are missing. */
function constantOf({ attribute: [setting], output: [name = ""] }: NodeProto): TensorProto | undefined {
  switch (setting?.name) {
    case "value":
      return setting.t;
    case "value_int":
      return integerTensor(name, [], [setting.i ?? 0n]);
    case "value_ints":
      return integerTensor(name, [setting.ints.length], setting.ints);
    case "value_float":
    case "value_floats":
      return {
        name,
        dims: setting.name === "value_float" ? [] : [setting.floats.length],
        dataType: elementTypes.float32,
        stringData: [],
        externalData: [],
      };
  }
  return undefined;
}
