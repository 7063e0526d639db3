import type { Graph } from "../graph";
import { integerAttribute } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { usesSixteenBit } from "./fullPrecision";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes com.microsoft.RotaryEmbedding out, of [batch, tokens, width] and of [batch, heads, tokens, width of a head], with constant tables,
 * in halves or in pairs, of whole heads or a part. Others stay.
 */
export function rotaryEmbedding(graph: Graph): Graph {
  if (usesSixteenBit(graph)) {
    return graph;
  }
  return writtenOut(graph, new Set(["com.microsoft.RotaryEmbedding"]), (writer) => {
    const ranks = ranksOf(graph);
    return (node) => {
      const found = turnOf(node, graph, ranks);
      if (found === undefined) {
        return false;
      }
      const { turn, split } = found;
      if (split === undefined) {
        const apart = writer.add("Transpose", [turn.x], { perm: [0, 2, 1, 3] });
        const turned = writeTurned(writer, { ...turn, x: apart });
        writer.add("Transpose", [turned], { perm: [0, 2, 1, 3] }, node.output[0]);
      } else {
        const apart = writer.add("Reshape", [turn.x, writer.integers(0, 0, ...split)]);
        const turned = writeTurned(writer, { ...turn, x: apart });
        writer.add("Reshape", [turned, writer.integers(0, 0, -1)], {}, node.output[0]);
      }
      return true;
    };
  });
}

/** A turning of heads by their positions. */
export interface Turn {
  /** [batch, tokens, heads, width of a head]. */
  readonly x: string;
  /** Cosines and sines, [positions, half of what is turned]. */
  readonly cosines: string;
  readonly sines: string;
  /** How much of each head is turned, and whether there is more of it. */
  readonly turnedWidth: number;
  readonly partly: boolean;
  /** Whether neighbours are turned together, not one half with the other. */
  readonly interleaved: boolean;
  /** The positions: [batch, tokens], or one number that the first token has; `undefined` where they are counted from 0. */
  readonly positions: { readonly name: string; readonly areOffset: boolean } | undefined;
}

/** (a, b) → (a cos − b sin, a sin + b cos) for the two halves, or neighbours, of what is turned; the rest of each head stays. */
export function writeTurned(writer: Writer, turn: Turn): string {
  const { x, turnedWidth, partly, interleaved } = turn;
  const rows = rowsOf(writer, turn);
  const [cosines, sines] = [turn.cosines, turn.sines].map((table) => {
    const picked = writer.add("Gather", [table, rows]);
    // [tokens or batch and tokens, half] beside [batch, tokens, heads, half].
    return writer.add("Unsqueeze", [picked, writer.integers(-2)]);
  });
  const [cos = "", sin = ""] = [cosines, sines];
  const part = (from: number, to: number) =>
    writer.add("Slice", [x, writer.integers(from), writer.integers(to), writer.integers(3)]);
  const whole = partly ? part(0, turnedWidth) : x;
  const pairs = interleaved ? writer.add("Reshape", [whole, writer.integers(0, 0, 0, -1, 2)]) : whole;
  const ends = interleaved
    ? [0, 1].map((side) => writer.add("Gather", [pairs, writer.integer(side)], { axis: 4 }))
    : writer.halves(whole, 3);
  const [a = "", b = ""] = ends;
  const first = writer.add("Sub", [writer.add("Mul", [a, cos]), writer.add("Mul", [b, sin])]);
  const second = writer.add("Add", [writer.add("Mul", [a, sin]), writer.add("Mul", [b, cos])]);
  const rest = partly ? [part(turnedWidth, Number.MAX_SAFE_INTEGER)] : [];
  if (!interleaved) {
    return writer.add("Concat", [first, second, ...rest], { axis: 3 });
  }
  const sides = [first, second].map((side) => writer.add("Unsqueeze", [side, writer.integers(4)]));
  const joined = writer.add("Reshape", [
    writer.add("Concat", sides, { axis: 4 }),
    writer.integers(0, 0, 0, turnedWidth),
  ]);
  return rest.length === 0 ? joined : writer.add("Concat", [joined, ...rest], { axis: 3 });
}

/** Which rows of the tables belong to the tokens: [tokens] or [batch, tokens]. */
function rowsOf(writer: Writer, { x, positions }: Turn): string {
  if (positions && !positions.areOffset) {
    return positions.name;
  }
  const shape = writer.add("Shape", [x]);
  const tokens = writer.add("Slice", [shape, writer.integers(1), writer.integers(2)]);
  const counted = writer.range(writer.add("Reshape", [tokens, writer.integers()]));
  return positions ? writer.add("Add", [counted, positions.name]) : counted;
}

/** How much of each head two tables turn; `undefined` where they do not fit together. */
export function turnedWidthOf(graph: Graph, cosines: string, sines: string): number | undefined {
  const [cos, sin] = [graph.initialisers.get(cosines)?.dims, graph.initialisers.get(sines)?.dims];
  const half = cos?.length === 2 && cos.join() === sin?.join() ? cos[1] : undefined;
  return half === undefined || half === 0 ? undefined : 2 * half;
}

/** What a node turns, and the last two sizes of its input with heads apart; without them where heads are apart already. */
function turnOf(
  node: NodeProto,
  graph: Graph,
  ranks: ReadonlyMap<string, number>,
): { readonly turn: Turn; readonly split: readonly [number, number] | undefined } | undefined {
  const [x = "", name = "", cosines = "", sines = ""] = node.input;
  const turnedWidth = turnedWidthOf(graph, cosines, sines);
  const partly = integerAttribute(node, "rotary_embedding_dim", 0) !== 0;
  const heads = integerAttribute(node, "num_heads", 0);
  const [rank, positionRank] = [ranks.get(x), ranks.get(name)];
  const packed = integerAttribute(node, "is_packed_batching", 0) !== 0;
  const ranksFit = (rank === 3 || rank === 4) && (positionRank === 1 || positionRank === 2);
  if (turnedWidth === undefined || packed || !ranksFit || (partly && rank === 3 && heads <= 0)) {
    return undefined;
  }
  const interleaved = integerAttribute(node, "interleaved", 0) !== 0;
  const turn = {
    x,
    cosines,
    sines,
    turnedWidth,
    partly,
    interleaved,
    positions: { name, areOffset: positionRank === 1 },
  };
  return { turn, split: rank === 4 ? undefined : partly ? [heads, -1] : [-1, turnedWidth] };
}
