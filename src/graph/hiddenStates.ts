import { activationsOf, ancestors } from "./activations";
import type { TracedMap } from "./attention";
import { type Graph, type Links, linksOf } from "./graph";
import { operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";
import { elementCount } from "./tensor";

/** A state of the residual stream: float [batch, tokens, width]. */
export interface HiddenState {
  readonly value: string;
  readonly stream: TracedMap["stream"];
  /** 0: what the first block reads, that is the embeddings; n: what the n-th block leaves, the last after a final normalisation. */
  readonly layer: number;
}

/**
 * Finds the residual stream by what is added to it: each attention ends in the first sum of something it is part of and something its
 * queries are made of, and the latter is the state that the block reads. After the last attention the stream is followed through sums it takes
 * part in and normalisations, as long as everything passes through them. A stream in which a block has no such sum has no states.
 */
export function findHiddenStates(graph: Graph, maps: readonly TracedMap[]): HiddenState[] {
  const links = linksOf(graph);
  const activations = activationsOf(graph);
  const places = new Map(graph.nodes.map((node, place) => [node, place]));
  return (["encoder", "main"] as const).flatMap((stream) => {
    const own = maps.filter((map) => map.stream === stream);
    const sums = own.map((map) => ({ map, sum: residualSum(map, graph, links, activations) }));
    const reads = sums.flatMap(({ map, sum }) => (map.kind === "self" ? [sum?.state] : []));
    const last = sums
      .flatMap(({ sum }) => (sum ? [sum.node] : []))
      .toSorted(by(places))
      .at(-1);
    if (!last || !reads.every((state) => state !== undefined) || sums.some(({ sum }) => !sum)) {
      return [];
    }
    const end = endOfStream(last.output[0] ?? "", graph, links, activations);
    return [...reads, end].map((value, layer): HiddenState => ({ value, stream, layer }));
  });
}

function by(places: ReadonlyMap<NodeProto, number>): (a: NodeProto, b: NodeProto) => number {
  return (a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0);
}

/** The sum that brings an attention back into the stream, and the state it is added to. */
export function residualSum(
  map: TracedMap,
  graph: Graph,
  links: Links,
  activations: ReadonlySet<string>,
): { readonly node: NodeProto; readonly state: string } | undefined {
  const before = ancestors([...map.queries], activations, links);
  const after = new Set(map.product.output);
  for (const node of graph.nodes) {
    const parts = node.input.filter((value) => after.has(value));
    if (parts.length === 0) {
      continue;
    }
    const state = node.input.find((value) => before.has(value) && !after.has(value));
    if (operatorOf(node) === "Add" && state !== undefined) {
      return { node, state };
    }
    for (const output of node.output) {
      after.add(output);
    }
  }
  return undefined;
}

const normalisations = new Set(["LayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization"]);
/** Blocks end after a few steps; a hostile file must not lead on for ever. */
const mostSteps = 50;

function endOfStream(start: string, graph: Graph, links: Links, activations: ReadonlySet<string>): string {
  let current = start;
  for (let steps = 0; steps < mostSteps; steps++) {
    const next = links
      .consumers(current)
      .find(
        (node) => staysInStream(node, current, graph, activations) && everythingPasses(current, node, graph, links),
      );
    if (!next) {
      break;
    }
    current = next.output[0] ?? "";
  }
  return current;
}

/** Whether a reader of the stream makes the next state of it: by adding to it, or by normalising it. */
function staysInStream(node: NodeProto, state: string, graph: Graph, activations: ReadonlySet<string>): boolean {
  const operator = operatorOf(node);
  if (normalisations.has(operator) || operator === "Cast" || operator === "Identity") {
    return node.input[0] === state;
  }
  const others = node.input.filter((value) => value !== state);
  const [other] = others;
  if (others.length !== 1 || other === undefined) {
    return false;
  }
  const weight = graph.initialisers.get(other);
  // Normalisations that are written out divide by something made of the state and multiply by weights; one number is a scale of logits.
  const isVector = weight !== undefined ? elementCount(weight.dims) > 1 : activations.has(other) || operator === "Mul";
  return isVector && ["Add", "Mul", "Div", "Sub"].includes(operator);
}

/** Whether no way from a value to an output of the model goes around a node. */
function everythingPasses(value: string, through: NodeProto, graph: Graph, links: Links): boolean {
  const outputs = new Set(graph.outputs.map((output) => output.name ?? ""));
  const pending = [value];
  const seen = new Set(pending);
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const node of links.consumers(current)) {
      // Sizes alone carry nothing of the stream.
      if (node === through || operatorOf(node) === "Shape") {
        continue;
      }
      for (const output of node.output) {
        if (outputs.has(output)) {
          return false;
        }
        if (!seen.has(output)) {
          seen.add(output);
          pending.push(output);
        }
      }
    }
  }
  return true;
}
