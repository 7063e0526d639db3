import { capped } from "../passes/attentionWriting";
import type { Head } from "./architecture";
import type { ReadTexts } from "./causal";
import { classesHead, labelCount, spansHead, statesHead, tokensHead } from "./heads";
import { projected, sizeOf } from "./layers";
import type { Net } from "./net";
import type { Settings } from "./settings";

/** What the heads of decoders read. */
export interface Decoded {
  /** The last states, [batch, tokens, width]. */
  readonly states: string;
  readonly texts: ReadTexts;
  readonly width: number;
  readonly vocabulary: number;
  /** The name of the table of words without its ending. */
  readonly words: string;
  /** Whether words are predicted with the table that looks them up, where there is no other. */
  readonly tied: boolean;
  /** The bound c of logits of words that are flattened to c · tanh(s / c). */
  readonly cap?: number;
  /** The linear map of labels of tokens. */
  readonly labels: TokenLabels;
}

/** Name and form of a linear map from states to the labels of tokens. */
export interface TokenLabels {
  readonly name: string;
  readonly bias: boolean;
}

/** Adds the outputs of a decoder with a head. */
export function decoderHead(net: Net, settings: Settings, head: Head, decoded: Decoded): void {
  const { states, width, labels, texts } = decoded;
  switch (head) {
    case "next":
      nextHead(net, decoded);
      break;
    case "classes": {
      const sizes = { inputs: width, outputs: labelCount(settings), bias: false };
      classesHead(net, lastToken(net, states, texts, settings.optional("pad_token_id")), "score", sizes);
      break;
    }
    case "everyToken":
      tokensHead(net, states, labels.name, { inputs: width, outputs: labelCount(settings), bias: labels.bias });
      break;
    case "spans":
      spansHead(net, states, "qa_outputs", width);
      break;
    default:
      statesHead(net, states, width);
  }
}

/** Adds the output `logits` [batch, tokens, vocabulary]. A table of its own counts where there is one, even if the settings say that there is none. */
function nextHead(net: Net, { states, vocabulary, width, words, tied, cap = 0 }: Decoded): void {
  const own = ["lm_head.weight", "embed_out.weight"].find((name) => net.has(name)) ?? "lm_head.weight";
  const table = net.weight(net.has(own) || !tied ? own : `${words}.weight`, [vocabulary, width]);
  const logits = capped(net, projected(net, states, table, null), cap);
  net.output("logits", logits, ["batch_size", "sequence_length", vocabulary]);
}

/** The states of the last token of each text that is not the padding token, or of the last token where there is none: [batch, tokens, width] → [batch, width]. */
function lastToken(net: Net, states: string, { ids, places }: ReadTexts, padding: number | null): string {
  if (padding === null) {
    return net.add("Gather", [states, net.integer(-1)], { axis: 1 });
  }
  const isPadding = net.add("Equal", [ids, net.integer(padding)]);
  const real = net.add("Where", [isPadding, net.integer(0), places]);
  const last = net.reduce("ReduceMax", real, 1, 1);
  const rows = net.add("Reshape", [net.range(sizeOf(net, ids, 0)), net.integers(-1, 1)]);
  return net.add("GatherND", [states, net.add("Concat", [rows, last], { axis: 1 })]);
}
