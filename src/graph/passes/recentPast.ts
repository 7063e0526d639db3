import { type Graph, type Links, linksOf, newNames } from "../graph";
import { integerAttribute, makeNode, operatorOf, renameRead } from "../node";
import type { NodeProto, ValueInfoProto } from "../onnxSchema";
import { reserved } from "../readGraph";
import { dimension } from "../shapes/dims";

/** Keys or values of earlier tokens, [1, heads, tokens, width]: the input, and the output that has those of new tokens behind. */
export interface PassedOn {
  readonly input: string;
  readonly output: string;
}

/**
 * Parts keys and values of earlier tokens: the input holds the most of them, another the last ones, and the output these with the new ones. What a long text leaves is then
 * not handed out again for each token. `recent` says for the input of each of `values` where its last tokens go in and come out; `null` where one is not made by putting new ones behind it.
 */
export function recentPast(
  graph: Graph,
  values: readonly PassedOn[],
): { readonly graph: Graph; readonly recent: ReadonlyMap<string, PassedOn> } | null {
  const links = linksOf(graph);
  const newName = newNames(graph);
  const parts = values.flatMap(({ input, output }) => {
    const added = addedBehind({ input, output }, links);
    const recent = { input: newName(`${reserved}recent.${input}`), output: newName(`${output}.recent`) };
    return added === null ? [] : [{ input, output, added, recent }];
  });
  if (parts.length === 0 || parts.length < values.length) {
    return null;
  }
  const partOf = new Map(parts.map((part) => [part.output, part]));
  // Most ask for their size alone, in one layer.
  const wholes = new Map(
    parts.flatMap(({ input }) => (links.consumers(input).length > 1 ? [[input, newName(`${input}.whole`)]] : [])),
  );
  const joined = (front: string, behind: string, result: string) =>
    makeNode("Concat", [front, behind], [result], { axis: 2 });
  const nodes = graph.nodes.flatMap((node): NodeProto[] => {
    const part = partOf.get(node.output[0] ?? "");
    if (!part) {
      return [renameRead(node, wholes)];
    }
    const { input, output, added, recent } = part;
    return [joined(recent.input, added, recent.output), joined(input, recent.output, output)];
  });
  return {
    graph: {
      ...graph,
      inputs: [...graph.inputs, ...parts.map(({ input, recent }) => likeInput(graph, input, recent.input))],
      outputs: graph.outputs.map((output) => {
        const part = partOf.get(output.name ?? "");
        return part ? likeInput(graph, part.input, part.recent.output) : output;
      }),
      nodes: [
        ...parts.flatMap(({ input, recent }) => {
          const whole = wholes.get(input);
          return whole === undefined ? [] : [joined(input, recent.input, whole)];
        }),
        ...nodes,
      ],
    },
    recent: new Map(parts.map(({ input, recent }) => [input, recent])),
  };
}

/** The new keys or values that a node puts behind those of earlier tokens; `null` where none does just that. */
function addedBehind({ input, output }: PassedOn, links: Links): string | null {
  const node = links.producer(output);
  if (!node || operatorOf(node) !== "Concat" || node.input.length !== 2 || node.input[0] !== input) {
    return null;
  }
  const added = node.input[1] ?? "";
  return [2, -2].includes(integerAttribute(node, "axis", 0)) && added !== input ? added : null;
}

/** An input or output of the form of an input of keys or values, of another number of tokens. */
function likeInput({ inputs }: Graph, input: string, name: string): ValueInfoProto {
  const type = inputs.find((one) => one.name === input)?.type?.tensorType;
  const dim = (type?.shape?.dim ?? []).map((one, axis) => (axis === 2 ? dimension(name) : one));
  return { name, type: { tensorType: { ...type, shape: { dim } } } };
}
