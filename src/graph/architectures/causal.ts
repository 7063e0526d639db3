import { elementTypes } from "../elementType";
import { lowest } from "./attention";
import { sizeOf } from "./layers";
import type { Net } from "./net";

/** What a decoder reads of its texts. */
export interface ReadTexts {
  /** Token numbers, int64 [batch, tokens]. */
  readonly ids: string;
  /** 1 for a token, 0 for padding, int64 [batch, tokens]. */
  readonly mask: string;
  /** How many tokens there are, an int64 scalar. */
  readonly count: string;
  /** 0, 1, 2 …, int64 [tokens]. */
  readonly places: string;
}

/** Adds the inputs of a decoder. */
export function readTexts(net: Net): ReadTexts {
  const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
  const mask = net.input("attention_mask", ["batch_size", "sequence_length"]);
  const count = sizeOf(net, ids, 1);
  return { ids, mask, count, places: net.range(count) };
}

/** Which keys a query sees. */
export interface View {
  /** How many tokens it sees, itself included, counted back from its own; `null` for all. */
  readonly window: number | null;
  /** Whether it sees as many after its own too. */
  readonly bothWays?: boolean;
}

/** What is added to scores so that a query sees only real tokens of its view: [batch, 1, queries, keys]. */
export function viewMask(net: Net, { mask, places }: ReadTexts, { window, bothWays = false }: View): string {
  const queries = net.add("Reshape", [places, net.integers(-1, 1)]);
  const isNear = (a: string, b: string, reach: number) =>
    net.add("Greater", [net.add("Add", [a, net.integer(reach)]), b]);
  const seen = [
    ...(bothWays ? [] : [net.add("LessOrEqual", [places, queries])]),
    ...(window === null ? [] : [isNear(places, queries, window)]),
    ...(window !== null && bothWays ? [isNear(queries, places, window)] : []),
    net.add("Unsqueeze", [net.add("Cast", [mask], { to: elementTypes.bool }), net.integers(1, 2)]),
  ];
  const all = seen.reduce((some, other) => net.add("And", [some, other]));
  return net.add("Where", [all, net.float(0), net.float(lowest)]);
}

/** The place of each token among the real ones of its text, from 0, and −1 for padding: int64 [batch, tokens]. */
export function placesByMask(net: Net, { mask }: ReadTexts): string {
  const counted = net.add("CumSum", [mask, net.integer(1)]);
  return net.add("Sub", [net.add("Mul", [counted, mask]), net.integer(1)]);
}
