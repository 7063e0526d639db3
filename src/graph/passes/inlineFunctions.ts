import { functionName, refuseEndlessFunctions } from "../functionBounds";
import { type Graph, topologicalOrder } from "../graph";
import { innerGraphs, makeNode, operatorOf } from "../node";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "../onnxSchema";
import { corrupt } from "../refusal";
import { copyNodes, namesOfItsOwn, Scope } from "./scope";

/**
 * Writes the operators that the file defines itself out as the nodes they stand for, also where they call each other or lie inside branches and
 * loops. Functions written in another version of ONNX's operators than the graph are written out where both are so new that the versions mean the
 * same; the graph is then in the newer one. Others stay. Throws what {@link refuseEndlessFunctions} throws, also for those.
 */
export function inlineFunctions(graph: Graph): Graph {
  if (graph.model.functions.length === 0) {
    return graph;
  }
  refuseEndlessFunctions(graph);
  const inliner = new Inliner(graph);
  const inlined = inliner.expand(graph.nodes);
  const given = new Set([...graph.initialisers.keys(), ...graph.inputs.map((input) => input.name ?? "")]);
  return { ...graph, model: inliner.model(), opset: inliner.opset, nodes: topologicalOrder(inlined, given) };
}

/** From this operator set on newer ones only add to what operators can do, but for those that changed. */
const oldestAlike = 18;
const changedLater = new Set(["DFT", "GroupNormalization"]);

class Inliner {
  /** The operator set of the graph with everything written out. */
  opset: number;
  readonly #graph: Graph;
  readonly #functions = new Map<string, FunctionProto>();
  readonly #fresh: (about: string) => string;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#fresh = namesOfItsOwn(graph);
    this.opset = graph.opset;
    const plain = [...graph.nodes, ...graph.model.functions.flatMap((defined) => defined.node)].every(
      (node) => !changedLater.has(operatorOf(node)),
    );
    const seen = new Set<string>();
    for (const defined of graph.model.functions) {
      const id = functionName(defined.domain, defined.name);
      const version = versionOf(defined.opsetImport) ?? graph.opset;
      const alike = version === graph.opset || (plain && Math.min(version, graph.opset) >= oldestAlike);
      if (alike && !seen.has(id)) {
        this.#functions.set(id, defined);
        this.opset = Math.max(this.opset, version);
      } else {
        // Overloads share a name; which is meant cannot be told here.
        this.#functions.delete(id);
      }
      seen.add(id);
    }
  }

  /** The model without the functions that were written out, and with the operator sets they use. */
  model(): ModelProto {
    const { model } = this.#graph;
    const imported = new Set(model.opsetImport.map((set) => set.domain ?? ""));
    const missing = new Map(
      [...this.#functions.values()]
        .flatMap((defined) => defined.opsetImport)
        .filter((set) => !imported.has(set.domain === "ai.onnx" ? "" : (set.domain ?? "")))
        .map((set) => [set.domain ?? "", set]),
    );
    return {
      ...model,
      functions: model.functions.filter((defined) => !this.#functions.has(functionName(defined.domain, defined.name))),
      opsetImport: [
        ...model.opsetImport.map((set) => (isOwn(set.domain) ? { ...set, version: this.opset } : set)),
        ...missing.values(),
      ],
    };
  }

  expand(nodes: readonly NodeProto[]): NodeProto[] {
    return nodes.flatMap((node) => {
      const defined = this.#functions.get(functionName(node.domain, node.opType));
      return defined ? this.expand(this.#written(node, defined)) : [this.#withInner(node)];
    });
  }

  /** The nodes a call stands for. */
  #written(call: NodeProto, defined: FunctionProto): NodeProto[] {
    const scope = new Scope();
    for (const [i, name] of defined.input.entries()) {
      scope.set(name, call.input[i] ?? "");
    }
    const copies: NodeProto[] = [];
    for (const [i, name] of defined.output.entries()) {
      const wanted = call.output[i] ?? "";
      if (wanted !== "" && scope.has(name)) {
        copies.push(makeNode("Identity", [scope.find(name) ?? ""], [wanted]));
      } else if (wanted !== "") {
        scope.set(name, wanted);
      }
    }
    const settings = (attributes: readonly AttributeProto[]) => resolved(attributes, call.attribute, defined);
    const outside = () => {
      throw corrupt("a function in it reads a value that it does not have");
    };
    return [...copyNodes(defined.node, scope, { fresh: this.#fresh, outside, settings }), ...copies];
  }

  #withInner(node: NodeProto): NodeProto {
    if (innerGraphs(node).length === 0) {
      return node;
    }
    const inside = (graph: GraphProto): GraphProto => ({ ...graph, node: this.expand(graph.node) });
    return {
      ...node,
      attribute: node.attribute.map((attribute) => ({
        ...attribute,
        ...(attribute.g ? { g: inside(attribute.g) } : {}),
        graphs: attribute.graphs.map(inside),
      })),
    };
  }
}

/** Settings in which references to settings of the function are replaced by what the call gives, or the function's own default. */
function resolved(
  attributes: readonly AttributeProto[],
  given: readonly AttributeProto[],
  { attributeProto: defaults }: FunctionProto,
): AttributeProto[] {
  return attributes.flatMap((attribute) => {
    const reference = attribute.refAttrName ?? "";
    if (reference === "") {
      return [attribute];
    }
    const source = [...given, ...defaults].find(({ name }) => name === reference);
    return source && attribute.name !== undefined ? [{ ...source, name: attribute.name }] : [];
  });
}

function versionOf(opsetImport: ModelProto["opsetImport"]): number | undefined {
  return opsetImport.find(({ domain }) => isOwn(domain))?.version;
}

function isOwn(domain = ""): boolean {
  return domain === "" || domain === "ai.onnx";
}
