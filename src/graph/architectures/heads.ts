import type { Head } from "./architecture";
import { layerNorm, linear, projected } from "./layers";
import type { Net } from "./net";
import type { Settings } from "./settings";

/** How many labels a classifier has: as many as `id2label` names, or `num_labels`, or two unless told otherwise. */
export function labelCount(settings: Settings, fallback = 2): number {
  return settings.count("id2label") ?? settings.size("num_labels", fallback);
}

/** What differs between the heads of encoders. */
export interface EncoderHeads {
  readonly width: number;
  readonly settings: Settings;
  /** The vector of a text that the linear map `classifier` reads, [batch, width]. */
  readonly pooled: (net: Net, states: string) => string;
  /** The name of that map; `classifier` unless told. */
  readonly classifier?: string;
  /** The map of every token to labels, and to where an answer begins and ends; `classifier` and `qa_outputs` unless told. */
  readonly every?: string;
  readonly spans?: string;
  readonly blanks: (net: Net, states: string) => void;
}

/** Adds the outputs of an encoder's head. */
export function encoderHead(net: Net, head: Head, states: string, heads: EncoderHeads): void {
  const { width, settings, pooled, classifier = "classifier", every = "classifier", spans = "qa_outputs" } = heads;
  // Only blanks are filled by words' own vectors.
  settings.ignore("tie_word_embeddings");
  switch (head) {
    case "classes":
      classesHead(net, pooled(net, states), classifier, { inputs: width, outputs: labelCount(settings) });
      break;
    case "everyToken":
      tokensHead(net, states, every, { inputs: width, outputs: labelCount(settings) });
      break;
    case "spans":
      spansHead(net, states, spans, width);
      break;
    case "blanks":
      heads.blanks(net, states);
      break;
    default:
      statesHead(net, states, width);
  }
}

/** Adds the output `last_hidden_state` [batch, tokens, width]. */
export function statesHead(net: Net, states: string, width: number): void {
  net.output("last_hidden_state", states, ["batch_size", "sequence_length", width]);
}

/** Adds the output `logits` [batch, tokens, labels] by the linear map `name`. */
export function tokensHead(net: Net, states: string, name: string, sizes: HeadSizes): void {
  const logits = linear(net, states, name, sizes);
  net.output("logits", logits, ["batch_size", "sequence_length", sizes.outputs]);
}

/** Adds the output `logits` [batch, labels] by the linear map `name`, of one vector a text. */
export function classesHead(net: Net, pooled: string, name: string, sizes: HeadSizes): void {
  net.output("logits", linear(net, pooled, name, sizes), ["batch_size", sizes.outputs]);
}

/** Adds the outputs `start_logits` and `end_logits` [batch, tokens] by the linear map `name` of two outputs. */
export function spansHead(net: Net, states: string, name: string, width: number): void {
  const both = linear(net, states, name, { inputs: width, outputs: 2 });
  for (const [index, output] of ["start_logits", "end_logits"].entries()) {
    net.output(output, net.add("Gather", [both, net.integer(index)], { axis: 2 }), ["batch_size", "sequence_length"]);
  }
}

/** Names and sizes of a head that fills blanks. */
export interface Blanks {
  /** A linear map [width → inner], which is activated and normalised. */
  readonly dense: string;
  readonly norm: string;
  /** The product with a vector for each word, where it has a table or a bias of its own. */
  readonly decoder: string;
  /** The bias where the decoder has none of its own. */
  readonly bias: string;
  /** The table of word embeddings [words, inner], which stands for the decoder's where words are tied. */
  readonly table: string;
  readonly width: number;
  readonly inner: number;
  readonly words: number;
  readonly epsilon: number;
  readonly activation: (net: Net, x: string) => string;
}

/** Adds the output `logits` [batch, tokens, words]: a linear map, an activation and a norm, and a product with a vector for each word. */
export function blanksHead(net: Net, states: string, settings: Settings, blanks: Blanks): void {
  const { dense, norm, decoder, bias, table, width, inner, words, epsilon, activation } = blanks;
  const turned = activation(net, linear(net, states, dense, { inputs: width, outputs: inner }));
  const normed = layerNorm(net, turned, norm, { width: inner, epsilon });
  // A file that has a table for the decoder is believed, whatever its settings say.
  const own = `${decoder}.weight`;
  const isTied = settings.flag("tie_word_embeddings", true) && !net.has(own);
  const vectors = net.weight(isTied ? table : own, [words, inner]);
  const added = net.weight(net.has(`${decoder}.bias`) ? `${decoder}.bias` : bias, [words]);
  net.output("logits", projected(net, normed, vectors, added), ["batch_size", "sequence_length", words]);
}

/** Sizes of a head's linear map. */
export interface HeadSizes {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: boolean;
}
