import { elementTypes } from "./elementType";
import { type Graph, linksOf, sourceBefore } from "./graph";
import { integerAttribute, operatorOf } from "./node";

/** The word-embedding table of a model and where it is looked up. */
export interface Embedding {
  /** The initialiser, float [vocabulary, width]. */
  readonly table: string;
  readonly vocabulary: number;
  readonly width: number;
  /** The results of all lookups in it. */
  readonly lookups: readonly string[];
  /** The graph input that gives the rows. */
  readonly input: string;
}

const passesIndices = new Set(["Cast", "Identity", "Reshape", "Transpose", "Unsqueeze", "Squeeze"]);
const floats: ReadonlySet<number | undefined> = new Set([
  elementTypes.float32,
  elementTypes.float16,
  elementTypes.bfloat16,
  elementTypes.float64,
]);

/** Finds the largest constant float table whose rows are picked, by Gather on axis 0, straight from a graph input; never by name. */
export function findEmbedding(graph: Graph): Embedding | undefined {
  const links = linksOf(graph);
  const inputs = new Set(graph.inputs.map((input) => input.name ?? ""));
  const tables = new Map<string, Embedding & { readonly lookups: string[] }>();
  for (const node of graph.nodes) {
    const [table, indices] = node.input;
    const tensor = graph.initialisers.get(table ?? "");
    const [vocabulary, width] = tensor?.dims ?? [];
    const picksRows = operatorOf(node) === "Gather" && integerAttribute(node, "axis", 0) === 0;
    const isTable = tensor?.dims.length === 2 && floats.has(tensor.dataType);
    if (!picksRows || !isTable || !table || !indices || !vocabulary || !width) {
      continue;
    }
    const input = sourceBefore(indices, passesIndices, links);
    if (!inputs.has(input)) {
      continue;
    }
    const known = tables.get(table);
    if (known) {
      known.lookups.push(...node.output);
    } else {
      tables.set(table, { table, vocabulary, width, lookups: [...node.output], input });
    }
  }
  return [...tables.values()].toSorted((a, b) => b.vocabulary - a.vocabulary)[0];
}
