import { type Graph, type Links, linksOf } from "../graph";
import { attributeOf, integerAttribute } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { onlyFirstIsRead, widthOf, writeAttention } from "./attentionWriting";
import { usesSixteenBit } from "./fullPrecision";
import { writeRootMeanSquare } from "./fusedNorms";
import { turnedWidthOf, writeTurned } from "./rotaryEmbedding";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes com.microsoft.GroupQueryAttention without past out: packed or apart, normalised and turned by position or not, with soft caps, windows and added scores.
 * A query sees no later key, so the number of real tokens, which only padding after them can exceed, changes nothing for these
 * tokens; it is not read. Those with sinks, smoothed or quantised ones stay.
 */
export function groupQueryAttention(graph: Graph): Graph {
  if (usesSixteenBit(graph)) {
    return graph;
  }
  return writtenOut(graph, new Set(["com.microsoft.GroupQueryAttention"]), (writer) => {
    const links = linksOf(graph);
    const ranks = ranksOf(graph);
    return (node) => {
      const parts = partsOf(node, graph, links, ranks);
      if (parts === undefined) {
        return false;
      }
      writeOut(parts, writer);
      return true;
    };
  });
}

/** Whether queries, keys and values come in one. */
function isPacked({ input: [, key = "", value = ""] }: NodeProto): boolean {
  return key === "" && value === "";
}

/** How wide each head of a com.microsoft.GroupQueryAttention is; 0 where that is not known. */
export function headWidthOf(node: NodeProto, graph: Graph, links: Links): number {
  const heads = integerAttribute(node, "num_heads", 0);
  const parts = isPacked(node) ? heads + 2 * integerAttribute(node, "kv_num_heads", 0) : heads;
  return parts > 0 ? (widthOf(node.input[0] ?? "", graph, links) ?? 0) / parts : 0;
}

interface Parts {
  readonly node: NodeProto;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
  /** Queries, keys and values in one. */
  readonly packed: boolean;
  /** How much of each head is turned by position; nothing unless given. */
  readonly turnedWidth: number | undefined;
}

function partsOf(node: NodeProto, graph: Graph, links: Links, ranks: ReadonlyMap<string, number>): Parts | undefined {
  const [query = "", key = "", value = "", pastKey = "", pastValue = "", , , cosines = "", sines = ""] = node.input;
  const heads = integerAttribute(node, "num_heads", 0);
  const keyHeads = integerAttribute(node, "kv_num_heads", 0);
  const packed = isPacked(node);
  const headWidth = headWidthOf(node, graph, links);
  const shared = keyHeads > 0 && Number.isInteger(heads / keyHeads) && heads >= keyHeads;
  const inTokens = (packed ? [query] : [query, key, value]).every((part) => ranks.get(part) === 3);
  const turned = integerAttribute(node, "do_rotary", 0) !== 0;
  const turnedWidth = turned ? turnedWidthOf(graph, cosines, sines) : undefined;
  const turnFits = !turned || (turnedWidth !== undefined && turnedWidth <= headWidth);
  const stateless = pastKey === "" && pastValue === "" && onlyFirstIsRead(node, graph, links);
  const sound = shared && inTokens && Number.isInteger(headWidth) && headWidth > 0 && (packed || value !== "");
  if (!sound || !turnFits || !stateless || !isPlain(node)) {
    return undefined;
  }
  return { node, heads, keyHeads, headWidth, packed, turnedWidth };
}

/** Where normalisations of the queries and keys of each head have their scales. */
const [queryNorm, keyNorm] = [14, 15];

/** Whether a node leaves out what is rare: sinks, smooth Softmax, returned scores, quantised keys and values. */
function isPlain(node: NodeProto): boolean {
  const quantised = ["k_quant_type", "v_quant_type"].some((name) => {
    const kind = attributeOf(node, name)?.s;
    return kind !== undefined && new TextDecoder().decode(kind) !== "NONE";
  });
  const off = ["smooth_softmax", "qk_output"].every((name) => integerAttribute(node, name, 0) <= 0);
  return off && !quantised && node.input.slice(11, queryNorm).every((name) => name === "");
}

function writeOut({ node, heads, keyHeads, headWidth, packed, turnedWidth }: Parts, writer: Writer): void {
  const [query = "", key = "", value = "", , , , , cosines = "", sines = "", positions = "", scoreBias = ""] =
    node.input;
  const width = heads * headWidth;
  const shared = keyHeads * headWidth;
  const part = (from: number, to: number) =>
    writer.add("Slice", [query, writer.integers(from), writer.integers(to), writer.integers(2)]);
  const [queries, keys, values] = packed
    ? [part(0, width), part(width, width + shared), part(width + shared, width + 2 * shared)]
    : [query, key, value];
  // Of given positions the runtime reads the first one only at the beginning of a text, and counts on from there.
  const first = () =>
    writer.add("Slice", [
      writer.add("Reshape", [positions, writer.integers(-1)]),
      writer.integers(0),
      writer.integers(1),
    ]);
  const counted = turnedWidth === undefined || positions === "" ? undefined : { name: first(), areOffset: true };
  const turned = (x: string, normScale = "") => {
    if (turnedWidth === undefined && normScale === "") {
      return x;
    }
    let apart = writer.add("Reshape", [x, writer.integers(0, 0, -1, headWidth)]);
    if (normScale !== "") {
      apart = writeRootMeanSquare(writer, apart, normScale, attributeOf(node, "qk_norm_epsilon")?.f ?? 1e-6);
    }
    if (turnedWidth !== undefined) {
      const interleaved = integerAttribute(node, "rotary_interleaved", 0) !== 0;
      const partly = turnedWidth < headWidth;
      const tables = { cosines, sines, turnedWidth, partly, interleaved };
      apart = writeTurned(writer, { ...tables, x: apart, positions: counted });
    }
    return writer.add("Reshape", [apart, writer.integers(0, 0, -1)]);
  };
  const window = integerAttribute(node, "local_window_size", -1);
  writeAttention(writer, {
    output: node.output[0] ?? "",
    queries: turned(queries, node.input[queryNorm]),
    keys: turned(keys, node.input[keyNorm]),
    values,
    heads,
    keyHeads,
    widths: [width, shared, shared],
    scale: attributeOf(node, "scale")?.f || 1 / Math.sqrt(headWidth),
    softcap: attributeOf(node, "softcap")?.f ?? 0,
    mask: undefined,
    masked: 0,
    scoreBias: scoreBias || undefined,
    causal: true,
    // The window holds the query itself.
    ...(window > 0 ? { before: window - 1 } : {}),
  });
}
