import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf } from "../graph";
import { makeNode, operatorOf, valuesRead } from "../node";
import type { NodeProto, ValueInfoProto } from "../onnxSchema";
import { floatTensor } from "../tensor";
import { prune } from "./prune";
import { Writer } from "./writer";

/**
 * Takes the past of decoders that keep keys and values of earlier tokens to be empty, as it is at the beginning of a text: these inputs go, and
 * the outputs that return them with the new tokens' keys and values appended. A past is told by that return, never by its name: a value
 * that is only passed on to be put before another one, and comes back with it. What else reads a past, for its length, reads an empty one.
 */
export function emptyPast(graph: Graph): Graph {
  const links = linksOf(graph);
  const outputs = new Set(graph.outputs.map(({ name = "" }) => name));
  const pasts = graph.inputs.filter(mayBePast).flatMap((input) => {
    const followed = follow(input.name ?? "", links, outputs);
    return followed.returned.size > 0 ? [{ input, ...followed }] : [];
  });
  const empty = new Set(pasts.flatMap((past) => [...past.empty]));
  const returned = new Set(pasts.flatMap((past) => [...past.returned]));
  if (pasts.length === 0 || returned.size === outputs.size) {
    return graph;
  }
  const without = prune({
    ...graph,
    outputs: graph.outputs.filter(({ name = "" }) => !returned.has(name)),
    nodes: graph.nodes.map((node) => withoutEmpty(node, empty)),
  });
  const isPast = new Set(pasts.map(({ input }) => input));
  const inputs = graph.inputs.filter((input) => !isPast.has(input));
  const read = new Set(without.nodes.flatMap(valuesRead));
  const writer = new Writer({ ...without, nodes: [] });
  const lengths = new Set<string>();
  for (const { input } of pasts) {
    const name = input.name ?? "";
    const axes = cacheAxes(input, inputs);
    lengths.add(axes.length === 1 ? (dimensions(input)[axes[0] ?? 0]?.dimParam ?? "") : "");
    if (read.has(name) && (axes.length !== 1 || !writeEmpty(writer, input, axes[0] ?? 0, inputs))) {
      return graph;
    }
  }
  return {
    ...without,
    inputs: inputs.map((input) => withoutLengths(input, lengths)),
    nodes: [...writer.nodes, ...without.nodes],
    initialisers: new Map([...without.initialisers, ...writer.initialisers]),
  };
}

/** Where operators that hold attention take a past; all their results but the first return it. */
const pastInputs: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries<readonly number[]>({
    "com.microsoft.Attention": [4],
    "com.microsoft.MultiHeadAttention": [6, 7],
    "com.microsoft.GroupQueryAttention": [3, 4],
    Attention: [4, 5],
  }),
);

/** Operators whose result holds no elements where their first input holds none. */
const passing = new Set("Identity Cast Transpose Reshape Squeeze Unsqueeze Expand Slice Gather Split".split(" "));
/** Operators on the way from what was put together to the output that returns it. */
const returning = new Set("Identity Cast Transpose Reshape Squeeze Unsqueeze Slice Concat".split(" "));

function dimensions({ type }: ValueInfoProto) {
  return type?.tensorType?.shape?.dim ?? [];
}

function mayBePast(input: ValueInfoProto): boolean {
  const dims = dimensions(input);
  const isFloat = input.type?.tensorType?.elemType === elementTypes.float32;
  return isFloat && dims.length >= 3 && dims.some(({ dimValue }) => dimValue === undefined);
}

/** The values that are empty where `past` is, and the outputs that return it with something appended. */
function follow(past: string, links: Links, outputs: ReadonlySet<string>) {
  const empty = new Set([past]);
  const grown = new Set<string>();
  for (const value of empty) {
    for (const node of links.consumers(value)) {
      if (operatorOf(node) === "Concat" && node.input[0] === value) {
        grown.add(node.output[0] ?? "");
      } else if (pastInputs.get(operatorOf(node))?.some((index) => node.input[index] === value)) {
        node.output.slice(1).forEach((output) => {
          grown.add(output);
        });
      } else if (passing.has(operatorOf(node)) && node.input[0] === value) {
        node.output.forEach((output) => {
          empty.add(output);
        });
      }
    }
  }
  for (const value of grown) {
    for (const node of links.consumers(value).filter((reader) => returning.has(operatorOf(reader)))) {
      grown.add(node.output[0] ?? "");
    }
  }
  return { empty, returned: new Set([...grown].filter((value) => outputs.has(value))) };
}

/** A node that does not read what is empty: its other parts put together, or attention without past. */
function withoutEmpty(node: NodeProto, empty: ReadonlySet<string>): NodeProto {
  const slots = pastInputs.get(operatorOf(node));
  if (slots) {
    return { ...node, input: node.input.map((name, i) => (slots.includes(i) && empty.has(name) ? "" : name)) };
  }
  const rest = node.input.filter((name) => !empty.has(name));
  if (operatorOf(node) !== "Concat" || rest.length === node.input.length || rest.length === 0) {
    return node;
  }
  return rest.length === 1 ? makeNode("Identity", rest, node.output) : { ...node, input: rest };
}

/** The axes of a past that may be its length: those of open size that no other input has. */
function cacheAxes(past: ValueInfoProto, others: readonly ValueInfoProto[]): number[] {
  const shared = new Set(others.flatMap((other) => dimensions(other).map(({ dimParam }) => dimParam)));
  return [...dimensions(past).entries()]
    .filter(([, { dimValue, dimParam }]) => dimValue === undefined && (dimParam === undefined || !shared.has(dimParam)))
    .map(([axis]) => axis);
}

/** Heads and widths above this are no real ones. */
const largestFixed = 2 ** 20;

/** Writes a tensor without elements in the place of a past, as many rows as the other inputs have; `false` where its sizes are absurd. */
function writeEmpty(
  writer: Writer,
  past: ValueInfoProto,
  cacheAxis: number,
  others: readonly ValueInfoProto[],
): boolean {
  const dims = dimensions(past);
  if (dims.some(({ dimValue = 1 }) => dimValue < 0 || dimValue > largestFixed)) {
    return false;
  }
  const fixed = dims.map(({ dimValue = 1 }, axis) => (axis === cacheAxis ? 0 : dimValue));
  const spread = dims.map(({ dimValue, dimParam }, axis) => {
    if (dimValue !== undefined || axis === cacheAxis) {
      return writer.integers(1);
    }
    const other = others.find((input) => dimensions(input).some((dim) => dim.dimParam === dimParam));
    const place = other ? dimensions(other).findIndex((dim) => dim.dimParam === dimParam) : 0;
    const shape = writer.add("Shape", [other?.name ?? ""]);
    return writer.add("Slice", [shape, writer.integers(place), writer.integers(place + 1)]);
  });
  const none = writer.constant(floatTensor("", fixed, new Float32Array()));
  writer.add("Expand", [none, writer.add("Concat", spread, { axis: 0 })], {}, past.name);
  return true;
}

/** An input with sizes such as "past_length + length" told as what they are without a past. */
function withoutLengths(input: ValueInfoProto, lengths: ReadonlySet<string>): ValueInfoProto {
  const tensor = input.type?.tensorType;
  if (!tensor?.shape) {
    return input;
  }
  const dim = tensor.shape.dim.map((size) => {
    const parts = size.dimParam?.split(/\s*\+\s*/) ?? [];
    const rest = parts.filter((part) => !lengths.has(part));
    return rest.length === 1 && parts.length > 1 ? { ...size, dimParam: rest[0] ?? "" } : size;
  });
  return { ...input, type: { ...input.type, tensorType: { ...tensor, shape: { ...tensor.shape, dim } } } };
}
