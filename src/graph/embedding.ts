import { activationsOf } from "./activations";
import { elementTypes } from "./elementType";
import { type Graph, type Links, linksOf, longestSearch, sourceBefore } from "./graph";
import { integerAttribute, operatorOf, valuesRead } from "./node";
import type { NodeProto, TensorProto } from "./onnxSchema";
import { tensorNumbers } from "./tensor";

/** Word embeddings of one stream of tokens: a table and where it is looked up by the tokens' numbers. */
export interface Embedding {
  /** The initialiser, float [vocabulary, width]. */
  readonly table: string;
  readonly vocabulary: number;
  readonly width: number;
  /** The results of all lookups in it by {@link ids}. */
  readonly lookups: readonly string[];
  /** The value that gives the rows: a graph input, or what is computed from one, as decoders read the text shifted by one token. */
  readonly ids: string;
  /** The graph input that {@link ids} is, or is computed from. */
  readonly input: string;
}

const rearranges = new Set(["Identity", "Reshape", "Transpose", "Unsqueeze", "Squeeze"]);
const wide: ReadonlySet<number | undefined> = new Set([elementTypes.int32, elementTypes.int64]);

/** Whether token numbers come out of a node as they went in, whatever their shape. */
function passesNumbers(node: NodeProto): boolean {
  const operator = operatorOf(node);
  return rearranges.has(operator) || (operator === "Cast" && wide.has(integerAttribute(node, "to", undefined)));
}

const floats: ReadonlySet<number | undefined> = new Set([
  elementTypes.float32,
  elementTypes.float16,
  elementTypes.bfloat16,
  elementTypes.float64,
]);

/** Inputs that are fed other numbers than those of tokens, by the names that they are fed by: models of characters look nothing else up directly. */
const notWords = new Set(["token_type_ids", "position_ids", "attention_mask"]);

/** The input that a decoder is fed the output so far by. */
export const outputIds = "decoder_input_ids";

/** The word embeddings that {@link findEmbeddings} finds first. */
export function findEmbedding(graph: Graph): Embedding | undefined {
  return findEmbeddings(graph)[0];
}

/**
 * Finds the word embeddings of each stream of tokens, never by name. First the largest constant float table whose rows are picked, by Gather on
 * axis 0, straight from a graph input; then tables of the same size that other inputs pick from, and of any vocabulary for {@link outputIds}; then the first table again, or a copy of it, where
 * the rows are computed from an input.
 */
export function findEmbeddings(graph: Graph): Embedding[] {
  const links = linksOf(graph);
  const inputs = new Set(graph.inputs.map((input) => input.name ?? ""));
  const candidates = candidatesOf(graph, links);
  // Of several streams the first one is that of the first input, whatever the order of the file.
  const direct = [...inputs].flatMap((input) =>
    notWords.has(input) ? [] : candidates.filter(({ ids }) => ids === input),
  );
  const [main] = direct.toSorted((a, b) => b.vocabulary - a.vocabulary);
  if (!main) {
    return [];
  }
  const activations = activationsOf(graph);
  const seen = new Set([main.ids]);
  const others = candidates.flatMap((candidate) => {
    const isOutput = inputs.has(candidate.ids) && [candidate.ids, main.ids].includes(outputIds);
    const isWords = candidate.vocabulary === main.vocabulary || isOutput;
    if (!isWords || candidate.width !== main.width || seen.has(candidate.ids)) {
      return [];
    }
    const input = inputs.has(candidate.ids) ? candidate.ids : inputBefore(candidate.ids, links, inputs, activations);
    if (input === undefined || (input !== candidate.ids && !sameTable(graph, candidate.table, main.table))) {
      return [];
    }
    seen.add(candidate.ids);
    return [{ ...candidate, input }];
  });
  const isDirect = ({ ids, input }: Embedding) => ids === input;
  return [main, ...others.filter(isDirect), ...others.filter((other) => !isDirect(other))];
}

/** Every pick of rows of a matrix, those of one table by the same values together; `input` is still open. */
function candidatesOf(graph: Graph, links: Links): Embedding[] {
  const found = new Map<string, Embedding & { readonly lookups: string[] }>();
  for (const node of graph.nodes) {
    const [table, indices] = node.input;
    const tensor = graph.initialisers.get(table ?? "");
    const [vocabulary, width] = tensor?.dims ?? [];
    const picksRows = operatorOf(node) === "Gather" && integerAttribute(node, "axis", 0) === 0;
    const isTable = tensor?.dims.length === 2 && floats.has(tensor.dataType);
    if (!picksRows || !isTable || !table || !indices || !vocabulary || !width) {
      continue;
    }
    const ids = sourceBefore(indices, passesNumbers, links);
    const known = found.get(`${table}\n${ids}`);
    if (known) {
      known.lookups.push(...node.output);
    } else {
      found.set(`${table}\n${ids}`, { table, vocabulary, width, lookups: [...node.output], ids, input: ids });
    }
  }
  return [...found.values()];
}

/** The first graph input of token numbers that a value is computed from, other than through shapes. */
function inputBefore(
  value: string,
  links: Links,
  inputs: ReadonlySet<string>,
  activations: ReadonlySet<string>,
): string | undefined {
  const seen = new Set([value]);
  for (const current of seen) {
    if (inputs.has(current)) {
      return current;
    }
    const node = links.producer(current);
    if (seen.size > longestSearch || (node && (operatorOf(node) === "Shape" || operatorOf(node) === "Size"))) {
      continue;
    }
    for (const read of node ? valuesRead(node) : []) {
      if (activations.has(read)) {
        seen.add(read);
      }
    }
  }
  return undefined;
}

function sameTable(graph: Graph, a: string, b: string): boolean {
  const [first, second] = [graph.initialisers.get(a), graph.initialisers.get(b)];
  return a === b || (first !== undefined && second !== undefined && sameNumbers(first, second));
}

function sameNumbers(a: TensorProto, b: TensorProto): boolean {
  const [first, second] = [tensorNumbers(a), tensorNumbers(b)];
  return first.length === second.length && first.every((number, index) => number === second[index]);
}
