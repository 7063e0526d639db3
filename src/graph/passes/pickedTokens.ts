import { type Graph, type Links, linksOf, newNames } from "../graph";
import { integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { shapesOf } from "../shapes/shapes";
import { integerTensor, tensorNumbers } from "../tensor";
import { prune } from "./prune";
import { hasSameTokens, pickPlaces, picksPlaces } from "./readPlaces";
import { inputsByToken, TokenPicker } from "./tokenPicker";

/**
 * Computes for the tokens that are read what is only read for them: where a classifier picks the first or the last token of [batch, tokens, width], or outputs are read at places, the
 * picking is moved up through everything that treats tokens one by one, which is all of the last layer but its keys, values and attention.
 * Saves about an eighth of the work of a six-layer model.
 */
export function pickedTokens(graph: Graph): Graph {
  if (!graph.nodes.some((node) => picksPlaces(node) || pickedIndex(node, graph) !== undefined)) {
    return graph;
  }
  const facts = { graph, ranks: ranksOf(graph), links: linksOf(graph) };
  // Residual connections lead up through all layers, but what is computed for every token in any case need only be picked from.
  const entire = new Set(picked(facts, new Set()).nodes.flatMap((node) => node.output));
  return picked(facts, entire);
}

/** A graph and what its values are made of. */
interface Facts {
  readonly graph: Graph;
  readonly ranks: ReadonlyMap<string, number>;
  readonly links: Links;
}

/** A pick of tokens that may be moved up. */
interface Pick {
  /** What is picked from, [batch, tokens, width]. */
  readonly from: string;
  /** Whether a value must be picked from itself. */
  isLast(value: string): boolean;
  /** Nodes that pick from another value. */
  pick(value: string, name: string): readonly NodeProto[];
  /** What takes the place of the pick, once the picked tokens are a value of their own. */
  rest(row: string): NodeProto;
  readonly constant: TensorProto | null;
}

/** The graph with its picks moved up, but no further than to values that are computed for all tokens. */
function picked(facts: Facts, entire: ReadonlySet<string>): Graph {
  const { graph, ranks, links } = facts;
  const newName = newNames(graph);
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.flatMap((node) => {
    const pick = picksPlaces(node) ? places(node, facts, newName) : fixed(node, graph, newName);
    if (!pick || ranks.get(pick.from) !== 3) {
      return [node];
    }
    const isEntire = (value: string) => entire.has(value) || pick.isLast(value);
    const picker = new TokenPicker({ ranks, links, newName, isEntire, pick: pick.pick });
    const row = picker.pick(pick.from);
    if (picker.products === 0) {
      return [node];
    }
    if (pick.constant) {
      initialisers.set(pick.constant.name ?? "", pick.constant);
    }
    return [...picker.nodes, pick.rest(row)];
  });
  return prune({ ...graph, nodes, initialisers });
}

type NewName = (about: string) => string;

/** The pick of a Gather at a place that the file fixes. */
function fixed(node: NodeProto, graph: Graph, newName: NewName): Pick | undefined {
  const index = pickedIndex(node, graph);
  const [from = "", ...rest] = node.input;
  if (index === undefined) {
    return undefined;
  }
  const place = newName("picked");
  return {
    from,
    isLast: () => false,
    pick: (value, name) => [makeNode("Gather", [value, place], [name], { axis: 1 })],
    rest: (row) => ({ ...node, input: [row, ...rest] }),
    constant: integerTensor(place, [1], [BigInt(index)]),
  };
}

/** The pick at places that are asked for, of a value whose rows are one after the other. */
function places(node: NodeProto, { graph, ranks, links }: Facts, newName: NewName): Pick | undefined {
  const [from] = links.producer(node.input[0] ?? "")?.input ?? [];
  if (from === undefined) {
    return undefined;
  }
  const shapes = shapesOf(graph);
  return {
    from,
    // Places are counted through all rows, so that what is picked from must have them all.
    isLast: (value) => {
      const producer = links.producer(value);
      const read = [...((producer && inputsByToken(producer, ranks)) ?? [])];
      return read.some((position) => !hasSameTokens(producer?.input[position] ?? "", from, shapes));
    },
    pick: (value, name) => pickPlaces(value, newName(`${value}.rows`), name),
    rest: (row) => makeNode("Identity", [row], node.output),
    constant: null,
  };
}

/** The token a Gather picks, 0 or −1: these are right for an axis of size 1 too, over which the other operand is repeated. */
function pickedIndex(node: NodeProto, graph: Graph): 0 | -1 | undefined {
  const indices = graph.initialisers.get(node.input[1] ?? "");
  if (operatorOf(node) !== "Gather" || !indices || indices.dims.length > 1 || (indices.dims[0] ?? 1) !== 1) {
    return undefined;
  }
  const axis = integerAttribute(node, "axis", 0);
  const [index] = axis === 1 || axis === -2 ? tensorNumbers(indices) : [];
  return index === 0 || index === -1 ? index : undefined;
}
