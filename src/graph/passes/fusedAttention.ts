import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf, newNames } from "../graph";
import { attributeOf, integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { floatTensor, integerTensor, tensorNumbers } from "../tensor";

/**
 * Writes com.microsoft.Attention out as projections, product, mask, Softmax and mixture, as the runtime's documentation defines it. Bidirectional,
 * without past, with a mask [batch, keys] or none; others stay as they are. EmbedLayerNormalization, which turns the mask into lengths,
 * must still be there.
 */
export function fusedAttention(graph: Graph): Graph {
  const links = linksOf(graph);
  const writer = new Writer(graph);
  for (const node of graph.nodes) {
    const parts = operatorOf(node) === "com.microsoft.Attention" ? partsOf(node, graph, links) : undefined;
    if (parts && writer.mayCut(parts.weights)) {
      writeOut(parts, writer, graph.opset);
    } else {
      writer.nodes.push(node);
    }
  }
  return { ...graph, nodes: writer.nodes, initialisers: writer.initialisers };
}

interface Parts {
  readonly output: string;
  readonly x: string;
  readonly weights: TensorProto;
  readonly bias: TensorProto | undefined;
  /** 1 where a key may be looked at, [batch, keys]. */
  readonly mask: string | undefined;
  readonly scoreBias: string | undefined;
  readonly heads: number;
  /** Widths of queries, keys and values over all heads. */
  readonly widths: readonly [number, number, number];
  readonly scale: number;
  readonly masked: number;
}

function partsOf(node: NodeProto, graph: Graph, links: Links): Parts | undefined {
  const [x = "", weightName = "", biasName = "", maskName = "", past = "", scoreBias = "", ...rest] = node.input;
  const weights = graph.initialisers.get(weightName);
  const bias = graph.initialisers.get(biasName);
  const heads = integerAttribute(node, "num_heads", 0);
  const given = attributeOf(node, "qkv_hidden_sizes")?.ints.map(Number);
  const columns = weights?.dims[1] ?? 0;
  const [queries = columns / 3, keys = columns / 3, values = columns / 3] = given ?? [];
  const mask = maskName === "" ? undefined : maskOf(maskName, graph, links);
  const plain = integerAttribute(node, "unidirectional", 0) === 0 && integerAttribute(node, "do_rotary", 0) === 0;
  const noState = past === "" && rest.every((name) => name === "") && node.output.slice(1).every((name) => name === "");
  const known = weights?.dataType === elementTypes.float32 && weights.dims.length === 2 && (biasName === "" || bias);
  const fits = queries === keys && queries + keys + values === columns && heads > 0 && columns > 0;
  const divides = [queries, keys, values].every((width) => Number.isInteger(width / heads));
  const maskKnown = maskName === "" || mask !== undefined;
  if (!weights || !known || !plain || !noState || !fits || !divides || !maskKnown) {
    return undefined;
  }
  if (bias && (bias.dataType !== elementTypes.float32 || bias.dims.length !== 1 || bias.dims[0] !== columns)) {
    return undefined;
  }
  return {
    output: node.output[0] ?? "",
    x,
    weights,
    bias,
    mask,
    scoreBias: scoreBias || undefined,
    heads,
    widths: [queries, keys, values],
    scale: attributeOf(node, "scale")?.f || 1 / Math.sqrt(queries / heads),
    masked: attributeOf(node, "mask_filter_value")?.f ?? -10000,
  };
}

/** The mask [batch, keys] behind a mask input: itself, if its rank is known to be 2, or what EmbedLayerNormalization counted. */
function maskOf(value: string, graph: Graph, links: Links): string | undefined {
  const node = links.producer(value);
  if (node && operatorOf(node) === "com.microsoft.EmbedLayerNormalization") {
    return node.input[7] || undefined;
  }
  const source = node && operatorOf(node) === "Cast" ? (node.input[0] ?? "") : value;
  const info = graph.inputs.find((input) => input.name === source) ?? graph.valueInfo.get(source);
  return info?.type?.tensorType?.shape?.dim.length === 2 ? value : undefined;
}

function writeOut(parts: Parts, writer: Writer, opset: number): void {
  const { x, heads, widths, scale, masked, mask, scoreBias, output } = parts;
  const float = (value: number) => writer.constant(floatTensor("", [], Float32Array.of(value)));
  const shape = (...dims: number[]) => writer.constant(integerTensor("", [dims.length], dims.map(BigInt)));
  const [queries, keys, values] = widths.map((width, part) => {
    const first = widths.slice(0, part).reduce((sum, w) => sum + w, 0);
    const weights = writer.columns(parts.weights, first, width);
    const product = writer.add("MatMul", [x, weights]);
    const moved = parts.bias ? writer.add("Add", [product, writer.columns(parts.bias, first, width)]) : product;
    const split = writer.add("Reshape", [moved, shape(0, 0, heads, width / heads)]);
    return writer.add("Transpose", [split], { perm: part === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] });
  });
  let scores = writer.add("Mul", [writer.add("MatMul", [queries ?? "", keys ?? ""]), float(scale)]);
  if (mask !== undefined) {
    const allowed = writer.add("Cast", [writer.add("Reshape", [mask, shape(0, 1, 1, -1)])], {
      to: elementTypes.float32,
    });
    const penalty = writer.add("Mul", [writer.add("Sub", [float(1), allowed]), float(masked)]);
    scores = writer.add("Add", [scores, penalty]);
  }
  if (scoreBias !== undefined) {
    scores = writer.add("Add", [scores, scoreBias]);
  }
  // Before operator set 13 the axis is the first of those flattened together; the last one is the same thing then.
  const map = writer.add("Softmax", [scores], { axis: opset < 13 ? 3 : -1 });
  const mixed = writer.add("Transpose", [writer.add("MatMul", [map, values ?? ""])], { perm: [0, 2, 1, 3] });
  writer.nodes.push(makeNode("Reshape", [mixed, shape(0, 0, widths[2])], [output]));
}

/** Some columns of a matrix, or some elements of a vector. */
function columnsOf(tensor: TensorProto, first: number, width: number): TensorProto {
  const all = tensorNumbers(tensor);
  const columns = tensor.dims.at(-1) ?? 1;
  const rows = all.length / columns;
  const part = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    part.set(all.subarray(row * columns + first, row * columns + first + width), row * width);
  }
  return floatTensor("", [...tensor.dims.slice(0, -1), width], part);
}

/** Parts cut from one weight, at most: layers may share weights, a hostile file could cut one thousands of times. */
const mostCuts = 24;

/** Collects nodes and constants under names of its own. */
class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initialisers: Map<string, TensorProto>;
  private readonly fresh: (about: string) => string;
  private readonly cuts = new Map<TensorProto, Map<string, string>>();

  constructor(graph: Graph) {
    this.initialisers = new Map(graph.initialisers);
    this.fresh = newNames(graph);
  }

  add(
    operator: string,
    input: readonly string[],
    settings: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    const output = this.fresh(`lowered/${operator}`);
    this.nodes.push(makeNode(operator, input, [output], settings));
    return output;
  }

  mayCut(tensor: TensorProto): boolean {
    return (this.cuts.get(tensor)?.size ?? 0) < mostCuts;
  }

  /** A constant with some of the columns of another. */
  columns(tensor: TensorProto, first: number, width: number): string {
    const cuts = this.cuts.get(tensor) ?? new Map<string, string>();
    this.cuts.set(tensor, cuts);
    const key = `${first} ${width}`;
    const name = cuts.get(key) ?? this.constant(columnsOf(tensor, first, width));
    cuts.set(key, name);
    return name;
  }

  constant(tensor: TensorProto): string {
    const name = this.fresh("lowered/constant");
    this.initialisers.set(name, { ...tensor, name });
    return name;
  }
}
