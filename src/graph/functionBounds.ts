import type { Graph } from "./graph";
import { innerGraphs } from "./node";
import type { NodeProto } from "./onnxSchema";
import { corrupt, unsupported } from "./refusal";

/** Operators that the functions of a file stand for, at most: functions that call functions could stand for more than there is memory. */
const mostOperators = 50_000;
/** Names and settings of all those operators together. */
const mostParts = 1_000_000;
const deepestCalls = 64;

/** The name by which an operator calls a function. */
export const functionName = (domain: string | undefined, name: string | undefined): string =>
  `${domain ?? ""}\n${name ?? ""}`;

interface Size {
  readonly operators: number;
  readonly parts: number;
}

/**
 * Counts what functions stand for without writing them out, since whoever does so, here or the runtime, would not come to an end. Throws
 * `model-file-corrupt` for functions that call themselves, `model-unsupported` for more than 50,000 operators or calls more than 64 deep.
 */
export function refuseEndlessFunctions({ model, nodes }: Graph): void {
  const bodies = new Map<string, NodeProto[]>();
  for (const { domain, name, node } of model.functions) {
    const id = functionName(domain, name);
    // Overloads share a name; together they are at least what the one that is meant is.
    bodies.set(id, [...(bodies.get(id) ?? []), ...node]);
  }
  const known = new Map<string, Size>();
  const sizeOf = (all: readonly NodeProto[], calling: readonly string[]): Size => {
    let [operators, parts] = [0, 0];
    for (const node of all) {
      const inner = innerGraphs(node).map((graph) => sizeOf(graph.node, calling));
      for (const size of [ownSize(node), ...inner, callSize(functionName(node.domain, node.opType), calling)]) {
        operators += size.operators;
        parts += size.parts;
      }
    }
    return { operators, parts };
  };
  const callSize = (id: string, calling: readonly string[]): Size => {
    const body = bodies.get(id);
    if (!body) {
      return { operators: 0, parts: 0 };
    }
    if (calling.includes(id)) {
      throw corrupt("a function in it calls itself");
    }
    if (calling.length === deepestCalls) {
      throw unsupported("its functions call each other too deeply");
    }
    const size = known.get(id) ?? sizeOf(body, [...calling, id]);
    known.set(id, size);
    return size;
  };
  const { operators, parts } = sizeOf(nodes, []);
  if (operators > mostOperators || parts > mostParts) {
    throw unsupported("its functions stand for more operators than any known model has");
  }
}

function ownSize(node: NodeProto): Size {
  const settings = node.attribute.reduce(
    (sum, { ints, floats, strings }) => sum + 1 + ints.length + floats.length + strings.length,
    0,
  );
  return { operators: 1, parts: 1 + node.input.length + node.output.length + settings };
}
