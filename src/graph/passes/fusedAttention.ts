import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf } from "../graph";
import { attributeOf, integerAttribute } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { floatTensor, tensorNumbers } from "../tensor";
import { maskOf, onlyFirstIsRead, writeAttention } from "./attentionWriting";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes com.microsoft.Attention out as projections, product, mask, Softmax and mixture, as the runtime's documentation defines it. Without
 * past, with a mask [batch, keys] or none; others stay as they are. EmbedLayerNormalization, which turns the mask into lengths,
 * must still be there.
 */
export function fusedAttention(graph: Graph): Graph {
  return writtenOut(graph, new Set(["com.microsoft.Attention"]), (writer) => {
    const links = linksOf(graph);
    const cutter = new Cutter(writer);
    return (node) => {
      const parts = partsOf(node, graph, links);
      if (!parts || !cutter.mayCut(parts.weights)) {
        return false;
      }
      writeOut(parts, writer, cutter);
      return true;
    };
  });
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
  readonly causal: boolean;
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
  const plain = integerAttribute(node, "do_rotary", 0) === 0;
  const noState = past === "" && rest.every((name) => name === "") && onlyFirstIsRead(node, graph, links);
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
    causal: integerAttribute(node, "unidirectional", 0) !== 0,
  };
}

function writeOut(parts: Parts, writer: Writer, cutter: Cutter): void {
  const { x, widths } = parts;
  const [queries = "", keys = "", values = ""] = widths.map((width, part) => {
    const first = widths.slice(0, part).reduce((sum, w) => sum + w, 0);
    const product = writer.add("MatMul", [x, cutter.columns(parts.weights, first, width)]);
    return parts.bias ? writer.add("Add", [product, cutter.columns(parts.bias, first, width)]) : product;
  });
  writeAttention(writer, { ...parts, queries, keys, values });
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

/** Cuts weights into constants of their own, each part once. */
class Cutter {
  readonly #writer: Writer;
  readonly #cuts = new Map<TensorProto, Map<string, string>>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  mayCut(tensor: TensorProto): boolean {
    return (this.#cuts.get(tensor)?.size ?? 0) < mostCuts;
  }

  columns(tensor: TensorProto, first: number, width: number): string {
    const cuts = this.#cuts.get(tensor) ?? new Map<string, string>();
    this.#cuts.set(tensor, cuts);
    const key = `${first} ${width}`;
    const name = cuts.get(key) ?? this.#writer.constant(columnsOf(tensor, first, width));
    cuts.set(key, name);
    return name;
  }
}
