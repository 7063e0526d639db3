import { elementTypes } from "../elementType";
import { type Graph, linksOf, newNames } from "../graph";
import { makeNode, operatorOf, renameRead } from "../node";
import type { NodeProto, ValueInfoProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { reserved } from "../readGraph";
import { unsupported } from "../refusal";
import { dimension } from "../shapes/dims";
import type { KnownShapes } from "../shapes/known";
import { shapesOf } from "../shapes/shapes";
import { integerTensor } from "../tensor";
import { prune } from "./prune";
import { inputsByToken, TokenPicker } from "./tokenPicker";

/** The input that says at which tokens outputs are read: int64 [places], each row · tokens + position; also the name of that size. */
export const placesInput = `${reserved}places`;

/** The places as a column, so that what is picked has three axes. */
const column = `${placesInput}/column`;

/** Nodes that pick the places that are asked for from a value [batch, tokens, width]: [places, 1, width], called `name`. */
export function pickPlaces(value: string, rows: string, name: string): readonly NodeProto[] {
  return [makeNode("Flatten", [value], [rows], { axis: 2 }), picked(rows, name)];
}

/** Whether a node is the last one of {@link pickPlaces}. */
export function picksPlaces(node: NodeProto): boolean {
  return operatorOf(node) === "Gather" && node.input[1] === column;
}

const picked = (rows: string, name: string) => makeNode("Gather", [rows, column], [name], { axis: 0 });

/** The output of {@link readPlaces}. */
const result = "logits";

/**
 * A graph that gives outputs of tokens at asked places only: of outputs [batch, tokens, width] or [batch, tokens] one, `logits` [places, all widths], and beside
 * its inputs {@link placesInput}. The head, from its first product on, is computed at these places alone; states that blocks hand on are
 * computed for all tokens, as they were. The outputs `kept` stay as they are beside. Throws `model-unsupported` for outputs that are not of tokens.
 */
export function readPlaces(graph: Graph, outputs: readonly string[], kept: readonly ValueInfoProto[] = []): Graph {
  const ranks = ranksOf(graph);
  const newName = newNames(graph);
  const head = headOf(graph, ranks);
  const [asColumn, flat] = [integerTensor(newName("column"), [2], [-1n, 1n]), newName("flat")];
  const links = linksOf(graph);
  const picker = new TokenPicker({
    ranks,
    links,
    newName,
    isEntire: (value) => !head.has(value),
    pick: (value, name) => pickPlaces(value, newName(`${value}.rows`), name),
  });
  const nodes: NodeProto[] = [makeNode("Reshape", [placesInput, asColumn.name ?? ""], [column])];
  const parts = outputs.map((output) => {
    const node = links.producer(output);
    const [before = ""] = node && operatorOf(node) === "Squeeze" ? node.input : [];
    const wide = ranks.get(before) === 3 && hasSameTokens(before, output, shapesOf(graph)) ? before : output;
    if (ranks.get(wide) === 3) {
      return picker.pick(wide);
    }
    // A fixed number of them is one for each class.
    if (ranks.get(output) !== 2 || typeof shapesOf(graph).of(output)?.[1] === "number") {
      throw unsupported("its outputs are not numbers for each of its tokens");
    }
    const [rows, name] = [newName(`${output}.rows`), newName(`${output}.picked`)];
    nodes.push(makeNode("Reshape", [output, asColumn.name ?? ""], [rows]), picked(rows, name));
    return name;
  });
  // What was called so before may still be read.
  const renamed = new Map([[result, newName(`${result}.tokens`)]]);
  const all = [...graph.nodes, ...nodes, ...picker.nodes, makeNode("Concat", parts, [flat], { axis: 2 })].map(
    (node) => {
      const output = node.output.map((name) => renamed.get(name) ?? name);
      // Nodes are often called what they give; no two may be called alike.
      const isRenamed = node.name === result && output[0] !== node.output[0];
      return { ...renameRead(node, renamed), output, ...(isRenamed ? { name: output[0] } : {}) };
    },
  );
  return prune({
    ...graph,
    inputs: [...graph.inputs, sized(placesInput, elementTypes.int64, [placesInput])],
    outputs: [sized(result, elementTypes.float32, [placesInput, widthOf(graph, outputs, ranks)]), ...kept],
    nodes: [...all, makeNode("Flatten", [flat], [result], { axis: 1 })],
    initialisers: new Map([...graph.initialisers, [asColumn.name ?? "", asColumn]]),
  });
}

function sized(name: string, elemType: number, sizes: readonly (number | string)[]): ValueInfoProto {
  return { name, type: { tensorType: { elemType, shape: { dim: sizes.map(dimension) } } } };
}

/** How many numbers there are for each token. */
function widthOf(graph: Graph, outputs: readonly string[], ranks: ReadonlyMap<string, number>): number | string {
  const widths = outputs.map((output) => (ranks.get(output) === 2 ? 1 : shapesOf(graph).of(output)?.[2]));
  return widths.reduce<number | string>(
    (sum, width) => (typeof sum === "number" && typeof width === "number" ? sum + width : "?"),
    0,
  );
}

/**
 * The values that are made of each token by itself, through a product at least, and of nothing that two sources were added up to, as the
 * states that blocks hand on are: what is after a head's first product.
 */
function headOf(graph: Graph, ranks: ReadonlyMap<string, number>): ReadonlySet<string> {
  const shapes = shapesOf(graph);
  const head = new Set<string>();
  // The one value that another is made of without products: activation functions that are written out may add as well.
  const sources = new Map<string, string>();
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    const outputs = operator === "Split" ? node.output : node.output.slice(0, 1);
    const [output = ""] = outputs;
    const read = [...(inputsByToken(node, ranks) ?? [])].map((position) => node.input[position] ?? "");
    if (read.length === 0 || !read.every((value) => hasSameTokens(value, output, shapes))) {
      continue;
    }
    const [source, ...others] = new Set(read.map((value) => sources.get(value) ?? value));
    const isSum = others.length > 0 && (operator === "Add" || operator === "Sub");
    const isProduct = operator === "MatMul";
    if (isProduct || (!isSum && read.some((value) => head.has(value)))) {
      for (const one of outputs) {
        head.add(one);
      }
    }
    if (!isProduct && source !== undefined && others.length === 0) {
      sources.set(output, source);
    }
  }
  return head;
}

/** Whether two values have the same texts and tokens in front, so that a place in one is that place in the other. */
export function hasSameTokens(a: string, b: string, shapes: KnownShapes): boolean {
  const [[rows, tokens] = [], [size, length] = []] = [shapes.of(a), shapes.of(b)];
  return rows === size && tokens === length;
}
