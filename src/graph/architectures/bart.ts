import type { Architecture } from "./architecture";
import { paddingMask } from "./attention";
import { type BartSizes, bartDecoder, bartEncoder, bartSizes, bartWrites } from "./bartFamily";
import { classesHead, labelCount } from "./heads";
import { linear, sizeOf } from "./layers";
import type { Net } from "./net";
import type { Settings } from "./settings";

/** BART (Lewis et al. 2020): an encoder and a decoder as Vaswani et al. 2017 have them, with learned places. A classifier's decoder is given the text again. */
export const bart: Architecture = {
  prefix: "model.",
  heads: ["written", "classes"],
  write(net, settings, head) {
    const sizes = bartSizes(settings, { normsBefore: false, normsWords: true, learnsPlaces: true });
    if (head === "classes") {
      classes(net, settings, sizes);
    } else {
      bartWrites(net, sizes);
    }
  },
};

/** A linear map, tanh and a linear map of the decoder's state at the last token that ends a text. */
function classes(net: Net, settings: Settings, sizes: BartSizes): void {
  const { width } = sizes;
  const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
  const mask = paddingMask(net, net.input("attention_mask", ["batch_size", "sequence_length"]));
  const begins = settings.whole("decoder_start_token_id", 2);
  const text = { states: bartEncoder(net, ids, mask, sizes), mask };
  const states = bartDecoder(net, shifted(net, ids, begins), text, sizes);
  const state = lastOf(net, states, ids, settings.whole("eos_token_id", 2));
  const name = "classification_head";
  const turned = net.add("Tanh", [linear(net, state, `${name}.dense`, { inputs: width, outputs: width })]);
  classesHead(net, turned, `${name}.out_proj`, { inputs: width, outputs: labelCount(settings, 3) });
}

/** The tokens one place later, behind one to begin with. */
function shifted(net: Net, ids: string, begins: number): string {
  const first = net.add("Slice", [ids, net.integers(0), net.integers(1), net.integers(1)]);
  const start = net.add("Add", [net.add("Mul", [first, net.integer(0)]), net.integer(begins)]);
  const rest = net.add("Slice", [ids, net.integers(0), net.integers(-1), net.integers(1)]);
  return net.add("Concat", [start, rest], { axis: 1 });
}

/** The states at the last place of each text that has a token: [batch, tokens, width] → [batch, width]. */
function lastOf(net: Net, states: string, ids: string, token: number): string {
  const has = net.add("Cast", [net.add("Equal", [ids, net.integer(token)])], { to: 7 });
  const place = net.add("ArgMax", [has], { axis: 1, keepdims: 1, select_last_index: 1 });
  const isLast = net.add("Cast", [net.add("Equal", [net.range(sizeOf(net, ids, 1)), place])], { to: 1 });
  const picked = net.add("MatMul", [net.add("Unsqueeze", [isLast, net.integers(1)]), states]);
  return net.add("Squeeze", [picked, net.integers(1)]);
}
