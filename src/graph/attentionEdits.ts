import { elementTypes } from "./elementType";
import { type Graph, newNames } from "./graph";
import { makeNode, renameRead } from "./node";
import type { NodeProto, TensorTypeProto, ValueInfoProto } from "./onnxSchema";
import { prune } from "./passes/prune";
import { dimension } from "./shapes/dims";
import { shapesOf } from "./shapes/shapes";
import { integerTensor } from "./tensor";
import { typesOf } from "./types";

/**
 * A graph in which attention maps are multiplied by gates, one number for each head: 1 leaves a head as it is, 0 switches it off. `gates` names
 * for each map the new input, float [heads], or [batch, heads] for each text its own. The gradient with respect to a gate is the
 * importance of the head (Michel, Levy and Neubig 2019, eq. 2). The maps themselves stay as they were.
 */
export function gateAttention(graph: Graph, gates: ReadonlyMap<string, string>): Graph {
  const types = typesOf(graph);
  const fresh = newNames(graph);
  const constant = (about: string, values: readonly number[]) =>
    integerTensor(fresh(about), [values.length], values.map(BigInt));
  const last = constant("gate/last", [-1]);
  const end = constant("gate/end", [Number.MAX_SAFE_INTEGER]);
  const [rows, inner] = [constant("gate/rows", [-1]), constant("gate/inner", [1, 1])];
  const name = ({ name = "" }: { readonly name?: string }) => name;
  return editMaps(graph, gates, [last, end, rows, inner], (map, gate) => {
    const [shape, heads, spread] = [fresh("gate/shape"), fresh("gate/heads"), fresh("gate/spread")];
    const [shaped, gated] = [fresh("gate/shaped"), fresh("gate/map")];
    const nodes = [
      makeNode("Shape", [gate], [shape]),
      makeNode("Slice", [shape, name(last), name(end)], [heads]),
      makeNode("Concat", [name(rows), heads, name(inner)], [spread], { axis: 0 }),
      makeNode("Reshape", [gate, spread], [shaped]),
      makeNode("Mul", [map, shaped], [gated]),
    ];
    return { nodes, reads: gated, type: { elemType: types.get(map) ?? elementTypes.float32 } };
  });
}

/**
 * A graph that is fed some of its values under new names instead of computing them, for example attention maps, to permute them. `inputs` names for each value the new
 * input, of the same shape; what only led to the value is no longer computed. A value that is an input already stays one.
 */
export function feedValues(graph: Graph, inputs: ReadonlyMap<string, string>): Graph {
  const types = typesOf(graph);
  const shapes = shapesOf(graph);
  const fed = editMaps(graph, inputs, [], (value, input) => {
    const shape = shapes.of(value);
    return {
      nodes: [],
      reads: input,
      type: {
        elemType: types.get(value) ?? elementTypes.float32,
        ...(shape ? { shape: { dim: shape.map(dimension) } } : {}),
      },
    };
  });
  return prune(fed);
}

/** Four axes of any size. */
const fourAxes = { dim: [{}, {}, {}, {}] };

interface Edit {
  /** Nodes to come right after the map. */
  readonly nodes: readonly NodeProto[];
  /** What is read instead of the map from there on. */
  readonly reads: string;
  /** The type of the new input. */
  readonly type: TensorTypeProto;
}

function editMaps(
  graph: Graph,
  wanted: ReadonlyMap<string, string>,
  constants: readonly ReturnType<typeof integerTensor>[],
  edit: (map: string, input: string) => Edit,
): Graph {
  const renamed = new Map<string, string>();
  const inputs: ValueInfoProto[] = [];
  const valueInfo = new Map(graph.valueInfo);
  const nodes: NodeProto[] = [];
  for (const node of graph.nodes) {
    nodes.push(renameRead(node, renamed));
    for (const map of node.output) {
      const input = wanted.get(map);
      if (input !== undefined) {
        const made = edit(map, input);
        nodes.push(...made.nodes);
        renamed.set(map, made.reads);
        valueInfo.set(made.reads, { name: made.reads, type: { tensorType: { shape: fourAxes, ...made.type } } });
        inputs.push({ name: input, type: { tensorType: made.type } });
      }
    }
  }
  const initialisers = new Map([
    ...graph.initialisers,
    ...constants.map((tensor) => [tensor.name ?? "", tensor] as const),
  ]);
  return { ...graph, nodes, initialisers, valueInfo, inputs: [...graph.inputs, ...inputs] };
}
