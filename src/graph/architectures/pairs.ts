import { attend, joinHeads, lowest, splitHeads } from "./attention";
import { linear, sizeOf } from "./layers";
import type { Net } from "./net";

/** The names of what a model of an encoder and a decoder is fed. */
export interface PairInputs {
  readonly ids: string;
  readonly mask: string;
  readonly outputIds: string;
}

/** Adds the inputs of an encoder and a decoder: a text, where it has tokens, and the output so far. */
export function pairInputs(net: Net): PairInputs {
  const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
  const mask = net.input("attention_mask", ["batch_size", "sequence_length"]);
  return { ids, mask, outputIds: net.input("decoder_input_ids", ["batch_size", "decoder_sequence_length"]) };
}

/** What is added to a decoder's scores so that no token sees a later one: [tokens, tokens], of as many as a value has on its second axis. */
export function causalMask(net: Net, ids: string): string {
  const places = net.range(sizeOf(net, ids, 1));
  const [query, key] = [1, 0].map((axis) => net.add("Unsqueeze", [places, net.integers(axis)]));
  const isLater = net.add("Cast", [net.add("Greater", [key ?? "", query ?? ""])], { to: 1 });
  return net.add("Mul", [isLater, net.float(lowest)]);
}

/** The linear maps of an attention, by their names, and its sizes. */
export interface Attention {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly heads: number;
  /** Of a token's state. */
  readonly width: number;
  /** Of a head's queries, keys and values. */
  readonly size: number;
  readonly bias: boolean;
  /** What products are multiplied by. */
  readonly scale: number;
  /** Added to them. */
  readonly mask: string;
}

/** Attention from one text to another, or to itself, with its output projection: [batch, tokens of `from`, width]. */
export function attention(net: Net, from: string, to: string, of: Attention): string {
  const { heads, size, width, bias, scale, mask } = of;
  const inner = heads * size;
  const part = (states: string, name: string) =>
    splitHeads(net, linear(net, states, name, { inputs: width, outputs: inner, bias }), heads, size);
  const query = part(from, of.query);
  const key = part(to, of.key);
  const context = attend(net, { query, key, value: part(to, of.value), scale, mask });
  return linear(net, joinHeads(net, context, inner), of.output, { inputs: inner, outputs: width, bias });
}

/** The first of several names under which a checkpoint has weights: tables that models share are saved under any of their names. The first where it has none. */
export function firstOf(net: Net, ...names: readonly [string, ...string[]]): string {
  return names.find((name) => net.has(name)) ?? names[0];
}
