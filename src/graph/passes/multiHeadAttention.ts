import { elementTypes } from "../elementType";
import { type Graph, type Links, linksOf } from "../graph";
import { attributeOf, integerAttribute } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { tensorNumbers } from "../tensor";
import { type AttentionParts, maskOf, onlyFirstIsRead, widthOf, writeAttention } from "./attentionWriting";
import { usesSixteenBit } from "./fullPrecision";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes com.microsoft.MultiHeadAttention out: queries, keys and values projected apart, [batch, tokens, width] each, without past. Packed ones,
 * those of unknown width and masks of other shapes than [batch, keys] stay.
 */
export function multiHeadAttention(graph: Graph): Graph {
  if (usesSixteenBit(graph)) {
    return graph;
  }
  return writtenOut(graph, new Set(["com.microsoft.MultiHeadAttention"]), (writer) => {
    const links = linksOf(graph);
    const ranks = ranksOf(graph);
    return (node) => {
      const found = partsOf(node, graph, links, ranks);
      if (!found) {
        return false;
      }
      const { parts, bias } = found;
      writeAttention(writer, bias === "" ? parts : withBias(writer, parts, bias));
      return true;
    };
  });
}

function partsOf(
  node: NodeProto,
  graph: Graph,
  links: Links,
  ranks: ReadonlyMap<string, number>,
): { parts: AttentionParts; bias: string } | undefined {
  const [queries = "", keys = "", values = "", bias = "", maskName = "", scoreBias = "", ...past] = node.input;
  const widths = [queries, keys, values].map((value) => widthOf(value, graph, links));
  const [q = 0, k = 0, v = 0] = widths;
  const heads = integerAttribute(node, "num_heads", 0);
  const noState = past.every((name) => name === "") && onlyFirstIsRead(node, graph, links);
  const divides = heads > 0 && [q, k, v].every((width) => width > 0 && Number.isInteger(width / heads));
  const inTokens = [queries, keys, values].every((value) => ranks.get(value) === 3);
  const mask = maskName === "" ? undefined : maskOf(maskName, graph, links);
  const biasTensor = graph.initialisers.get(bias);
  const biasFits =
    bias === "" || (biasTensor?.dataType === elementTypes.float32 && tensorNumbers(biasTensor).length === q + k + v);
  if (!noState || !divides || !inTokens || q !== k || (maskName !== "" && mask === undefined) || !biasFits) {
    return undefined;
  }
  const parts: AttentionParts = {
    output: node.output[0] ?? "",
    queries,
    keys,
    values,
    heads,
    widths: [q, k, v],
    scale: attributeOf(node, "scale")?.f || 1 / Math.sqrt(q / heads),
    mask,
    masked: attributeOf(node, "mask_filter_value")?.f ?? -10000,
    scoreBias: scoreBias || undefined,
    causal: integerAttribute(node, "unidirectional", 0) !== 0,
  };
  return { parts, bias };
}

/** Queries, keys and values plus their parts of the one bias. */
function withBias(writer: Writer, parts: AttentionParts, bias: string): AttentionParts {
  const { widths } = parts;
  const [queries = "", keys = "", values = ""] = [parts.queries, parts.keys, parts.values].map((value, part) => {
    const first = widths.slice(0, part).reduce((sum, width) => sum + width, 0);
    const own = writer.add("Slice", [bias, writer.integers(first), writer.integers(first + (widths[part] ?? 0))]);
    return writer.add("Add", [value, own]);
  });
  return { ...parts, queries, keys, values };
}
