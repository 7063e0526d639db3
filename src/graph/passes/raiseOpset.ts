import { ExplainError } from "../../common/errors";
import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { attributeOf, innerGraphs, integerAttribute, makeNode, operatorOf } from "../node";
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { floatTensor, integerTensor, shorten } from "../tensor";
import { typesOf } from "../types";
import { namesOfItsOwn } from "./scope";

/** The operator set of the normal form: the first in which ScatterElements and ScatterND can add up, which gradients need. */
export const raisedOpset = 18;

/**
 * Raises older graphs to {@link raisedOpset}. Operators that tools left as they were when they wrote a newer operator set onto a file are brought up to
 * date too. A graph with an operator for which that cannot be done stays as it is; see {@link requireRaised}. */
export function raiseOpset(graph: Graph): Graph {
  if (graph.model.functions.length > 0 || (graph.opset >= raisedOpset && !graph.nodes.some(isLeftBehind))) {
    return graph;
  }
  const raised = new Raiser(graph).raised();
  return typeof raised === "string" ? graph : raised;
}

/** Throws `operator-unsupported`, with the name of the operator, for a graph that {@link raiseOpset} had to leave as it is. */
export function requireRaised(graph: Graph): void {
  const obstacle = graph.opset < raisedOpset ? new Raiser(graph).raised() : undefined;
  if (typeof obstacle === "string") {
    throw new ExplainError(
      "operator-unsupported",
      "This model uses the operator {0} of the old operator set {1} in a way that cannot be brought up to date. Export it with operator set {2} or newer.",
      shorten(obstacle),
      graph.opset,
      raisedOpset,
    );
  }
}

/** Whether a node of a newer operator set still has its axes as a setting. */
function isLeftBehind(node: NodeProto): boolean {
  return operatorOf(node).startsWith("Reduce") && attributeOf(node, "axes") !== undefined;
}

/** Thrown inside this file only: the operator that cannot be raised. */
class Obstacle extends Error {}

class Raiser {
  readonly #graph: Graph;
  readonly #initialisers: Map<string, TensorProto>;
  readonly #fresh: (about: string) => string;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #types: ReadonlyMap<string, number>;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#initialisers = new Map(graph.initialisers);
    this.#fresh = namesOfItsOwn(graph);
    this.#ranks = ranksOf(graph);
    this.#types = typesOf(graph);
  }

  /** The raised graph, or the name of the operator that stands in the way. */
  raised(): Graph | string {
    const { model } = this.#graph;
    try {
      const opset = Math.max(raisedOpset, this.#graph.opset);
      const nodes = this.#all(this.#graph.nodes);
      const isOwn = (domain = "") => domain === "" || domain === "ai.onnx";
      const opsetImport = model.opsetImport.map((set) => (isOwn(set.domain) ? { ...set, version: opset } : set));
      // Operator set 18 came with version 8 of the format.
      const raised = { ...model, opsetImport, irVersion: Math.max(8, model.irVersion ?? 8) };
      return { ...this.#graph, model: raised, nodes, initialisers: this.#initialisers, opset };
    } catch (error) {
      if (error instanceof Obstacle) {
        return error.message;
      }
      throw error;
    }
  }

  #all(nodes: readonly NodeProto[]): NodeProto[] {
    return nodes.flatMap((node) => this.#one(innerGraphs(node).length > 0 ? this.#inside(node) : node));
  }

  #inside(node: NodeProto): NodeProto {
    const inner = (graph: GraphProto): GraphProto => ({ ...graph, node: this.#all(graph.node) });
    return {
      ...node,
      attribute: node.attribute.map((attribute) => ({
        ...attribute,
        ...(attribute.g ? { g: inner(attribute.g) } : {}),
        graphs: attribute.graphs.map(inner),
      })),
    };
  }

  #one(node: NodeProto): NodeProto[] {
    const from = this.#graph.opset;
    const operator = operatorOf(node);
    if (operator.startsWith("Reduce")) {
      return [isLeftBehind(node) ? this.#asInputs(node, ["axes"]) : node];
    }
    switch (operator) {
      case "Softmax":
      case "LogSoftmax":
      case "Hardmax":
        return from < 13 ? this.#softmax(node) : [node];
      case "Squeeze":
      case "Unsqueeze":
        return [from < 13 ? this.#asInputs(node, ["axes"]) : node];
      case "Split":
        return [from < raisedOpset ? this.#split(from < 13 ? this.#asInputs(node, ["split"]) : node) : node];
      case "Slice":
        return [from < 10 ? this.#asInputs(node, ["starts", "ends", "axes"]) : node];
      case "TopK":
        return [from < 10 ? this.#asInputs(node, ["k"]) : node];
      case "Clip":
        return from < 11 ? [this.#asInputs(node, ["min", "max"])] : this.#clip(node);
      case "Pad":
        return [from < 11 ? this.#asInputs(node, ["pads", "value"]) : node];
      case "Dropout":
        return [from < 12 ? without(node, ["ratio"]) : node];
      case "Scatter":
        return [from < 11 ? { ...node, opType: "ScatterElements" } : node];
      case "BatchNormalization":
        return [from < 14 ? batchNormalization(node) : node];
    }
    const changed = changedMeaning.get(operator);
    if (changed !== undefined && from < changed) {
      throw new Obstacle(operator);
    }
    return [node];
  }

  /** Turns settings into inputs after those that are there; trailing ones that are not given are left out. */
  #asInputs(node: NodeProto, names: readonly string[]): NodeProto {
    const added = names.map((name) => {
      const setting = attributeOf(node, name);
      return setting ? this.#constant(node, setting) : "";
    });
    while (added.at(-1) === "") {
      added.pop();
    }
    return { ...without(node, names), input: [...node.input, ...added] };
  }

  #constant(node: NodeProto, setting: AttributeProto): string {
    const name = this.#fresh(`raised/${setting.name}`);
    if (setting.f === undefined) {
      // TopK wants its one number as a vector.
      const values = setting.i === undefined ? setting.ints : [setting.i];
      this.#initialisers.set(name, integerTensor(name, [values.length], values));
      return name;
    }
    if (this.#types.get(node.input[0] ?? "") !== elementTypes.float32) {
      throw new Obstacle(operatorOf(node));
    }
    this.#initialisers.set(name, floatTensor(name, [], Float32Array.of(setting.f)));
    return name;
  }

  /** Before operator set 13 all axes from the given one on are flattened together; from then on it is one axis. */
  #softmax(node: NodeProto): NodeProto[] {
    const [x = ""] = node.input;
    const [y = ""] = node.output;
    const rank = this.#ranks.get(x);
    const axis = integerAttribute(node, "axis", 1);
    const last = { ...without(node, ["axis"]), attribute: makeNode("", [], [], { axis: -1 }).attribute };
    if (axis === -1 || axis + 1 === rank) {
      return [last];
    }
    if (rank === undefined) {
      throw new Obstacle(operatorOf(node));
    }
    const [shape, flat, result] = ["shape", "flat", "result"].map((about) => this.#fresh(`raised/${about}`));
    return [
      makeNode("Shape", [x], [shape ?? ""]),
      makeNode("Flatten", [x], [flat ?? ""], { axis: axis < 0 ? axis + rank : axis }),
      { ...last, name: result ?? "", input: [flat ?? ""], output: [result ?? ""] },
      makeNode("Reshape", [result ?? "", shape ?? ""], [y]),
    ];
  }

  /** Exporters gave integers bounds of floats, which no operator set allows. */
  #clip(node: NodeProto): NodeProto[] {
    const [x = "", ...bounds] = node.input;
    const type = this.#types.get(x);
    const casts: NodeProto[] = [];
    const input = bounds.map((bound) => {
      const own = this.#types.get(bound);
      if (type === undefined || own === undefined || own === type) {
        return bound;
      }
      const cast = this.#fresh("raised/bound");
      casts.push(makeNode("Cast", [bound], [cast], { to: type }));
      return cast;
    });
    return casts.length > 0 ? [...casts, { ...node, input: [x, ...input] }] : [node];
  }

  /** From operator set 18 on a split into equal parts says their number. */
  #split(node: NodeProto): NodeProto {
    if ((node.input[1] ?? "") !== "") {
      return node;
    }
    const count = makeNode("", [], [], { num_outputs: node.output.length }).attribute;
    return { ...node, attribute: [...node.attribute, ...count] };
  }
}

/** Operators that compute something else, or are written in a way that is not converted here, before the given operator set. */
const changedMeaning: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ Upsample: 99, Resize: 11, RoiAlign: 16, Scan: 9 }),
);

function batchNormalization(node: NodeProto): NodeProto {
  const training = node.output.slice(1).some((name) => name !== "");
  if (training || integerAttribute(node, "spatial", 1) !== 1) {
    throw new Obstacle("BatchNormalization");
  }
  return without(node, ["spatial"]);
}

function without(node: NodeProto, names: readonly string[]): NodeProto {
  return { ...node, attribute: node.attribute.filter(({ name }) => !names.includes(name ?? "")) };
}
