import { activationsOf } from "./activations";
import { type Graph, linksOf, longestSearch } from "./graph";
import { attributeOf, integerAttribute, operatorOf, valuesRead } from "./node";
import type { NodeProto } from "./onnxSchema";
import { ranksOf } from "./ranks";
import { tensorNumbers } from "./tensor";

/** Of which tokens a classifier reads the states: the first, the last, or the mean of all. */
export type RowsRead = "first" | "last" | "mean";

const means = new Set(["ReduceMean", "ReduceSum"]);
const picks = new Set(["Gather", "GatherND", "GatherElements", "Slice"]);

/**
 * Finds which tokens the output `logits` is made of: going back from it, the first operators that leave the axis of tokens of [batch, tokens, width].
 * `null` where there are none before the attention, where they differ, or where the place is computed while the model runs.
 */
export function rowsRead(graph: Graph, logits: string): RowsRead | null {
  const ranks = ranksOf(graph);
  const links = linksOf(graph);
  const activations = activationsOf(graph);
  const found = new Set<RowsRead | null>();
  const seen = new Set([logits]);
  for (const value of seen) {
    const node = links.producer(value);
    if (!node || seen.size > longestSearch) {
      continue;
    }
    const ofTokens = ranks.get(node.input[0] ?? "") === 3;
    const operator = operatorOf(node);
    if (operator === "Softmax") {
      found.add(null);
    } else if (ofTokens && picks.has(operator)) {
      found.add(picked(node, graph));
    } else if (ofTokens && means.has(operator) && axesOf(node, graph).join() === "1") {
      found.add("mean");
    } else {
      for (const read of valuesRead(node).filter((name) => activations.has(name))) {
        seen.add(read);
      }
    }
  }
  const [only = null] = found;
  return found.size === 1 ? only : null;
}

/** The token that is picked at a place that the file fixes. */
function picked(node: NodeProto, graph: Graph): RowsRead | null {
  if (operatorOf(node) !== "Gather" || ![1, -2].includes(integerAttribute(node, "axis", 0))) {
    return null;
  }
  const indices = graph.initialisers.get(node.input[1] ?? "");
  const [index, ...others] = indices ? tensorNumbers(indices) : [];
  return others.length > 0 ? null : index === 0 ? "first" : index === -1 ? "last" : null;
}

function axesOf(node: NodeProto, graph: Graph): number[] {
  const given = graph.initialisers.get(node.input[1] ?? "");
  const axes = given ? Array.from(tensorNumbers(given)) : (attributeOf(node, "axes")?.ints.map(Number) ?? []);
  return axes.map((axis) => (axis < 0 ? axis + 3 : axis));
}
