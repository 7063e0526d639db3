import { type Graph, newNames } from "../graph";
import { makeNode, operatorOf, renameRead, valuesRead } from "../node";
import type { NodeProto, ValueInfoProto } from "../onnxSchema";
import { shapesOf } from "../shapes/shapes";

/** The values of a graph that are computed of a reference as well: each with the name of that of the reference. */
export type References = ReadonlyMap<string, string>;

/**
 * A graph that computes what depends on some of its inputs twice: of these inputs, and of a reference that is fed beside them with the same shapes. Everything else both read. What the graph returns of the one it returns of
 * the other too. Each node is followed by its copy.
 */
export function withReference(
  graph: Graph,
  inputs: readonly string[],
): { readonly graph: Graph; readonly references: References } {
  const fresh = newNames(graph);
  const references = new Map(inputs.map((name) => [name, fresh(`${name}/reference`)]));
  const nodes = graph.nodes.flatMap((node): NodeProto[] => {
    const operator = operatorOf(node);
    // Shapes are the same.
    if (operator === "Shape" || operator === "Size" || !valuesRead(node).some((value) => references.has(value))) {
      return [node];
    }
    const output = node.output.map((name) => (name === "" ? "" : fresh(`${name}/reference`)));
    const copy = { ...renameRead(node, references), output, name: output[0] ?? "" };
    for (const [at, name] of node.output.entries()) {
      if (name !== "") {
        references.set(name, output[at] ?? "");
      }
    }
    return [node, copy];
  });
  const copied = (values: Iterable<ValueInfoProto>): ValueInfoProto[] =>
    [...values].flatMap((value) => {
      const name = references.get(value.name ?? "");
      return name === undefined ? [] : [{ ...value, name }];
    });
  const valueInfo = copied(graph.valueInfo.values());
  return {
    graph: {
      ...graph,
      inputs: [...graph.inputs, ...copied(graph.inputs)],
      outputs: [...graph.outputs, ...copied(graph.outputs)],
      nodes,
      valueInfo: new Map([...graph.valueInfo, ...valueInfo.map((info) => [info.name ?? "", info] as const)]),
    },
    references,
  };
}

/** A graph of {@link withReference} in which text and reference are multiplied with a matrix of weights in one product, which takes far less than two and packs the weights once. */
export function withJoinedProducts(graph: Graph, references: References): Graph {
  const fresh = newNames(graph);
  const shapes = shapesOf(graph);
  const joined = new Map<string, string>();
  const copies = new Set<string>();
  const parts = graph.opset >= 18 ? { axis: 0, num_outputs: 2 } : { axis: 0 };
  const nodes = graph.nodes.flatMap((node): NodeProto[] => {
    const [value = "", weight = ""] = node.input;
    const [result = ""] = node.output;
    const [other, product] = [references.get(value), references.get(result)];
    if (copies.has(result)) {
      return [];
    }
    // The first axis must not be the one that is summed over.
    const isJoined = operatorOf(node) === "MatMul" && other && product && (shapes.of(value)?.length ?? 0) > 1;
    if (!isJoined || graph.initialisers.get(weight)?.dims.length !== 2) {
      return [node];
    }
    copies.add(product);
    const both = fresh(`${result}/both`);
    const known = joined.get(value);
    const fed = known ?? fresh(`${value}/both`);
    joined.set(value, fed);
    return [
      ...(known === undefined ? [makeNode("Concat", [value, other], [fed], { axis: 0 })] : []),
      { ...node, input: [fed, weight], output: [both], name: both },
      makeNode("Split", [both], [result, product], parts),
    ];
  });
  return { ...graph, nodes };
}
