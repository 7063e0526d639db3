import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkpointGraph } from "../../../src/graph/architectures/checkpointGraph";
import { type Buckets, relativeBuckets } from "../../../src/graph/architectures/relativeBuckets";
import { elementTypes } from "../../../src/graph/elementType";
import { makeTensor } from "../../../src/graph/tensor";
import { checkpointGolden } from "../../support/checkpointCorpus";

/** Opens the checkpoint of a golden file with some settings changed and every weight 0. */
function open(name: string, changed: Readonly<Record<string, unknown>>, without = "") {
  const { config, tensors } = checkpointGolden(name);
  const has = (tensor: string) => tensor !== without && Object.hasOwn(tensors, tensor);
  const find = (tensor: string) => {
    const dims = has(tensor) ? tensors[tensor] : undefined;
    const bytes = new Uint8Array(4 * (dims ?? []).reduce((product, size) => product * size, 1));
    return dims && makeTensor(tensor, elementTypes.float32, dims, bytes);
  };
  return checkpointGraph({ ...config, ...changed }, { has, find });
}

const family = ["bart.written", "mbart.written", "marian.written", "pegasus.written"];
/** Settings that ask for something that is not computed here. */
const refused: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["t5.written", { feed_forward_proj: "gated-gelu_10" }],
  ["t5.written", { is_decoder: true }],
  ["t5.written", { some_new_switch: 1 }],
  ["mt5.written", { scale_decoder_outputs: true }],
  ["bart.written", { normalize_before: true }],
  ["bart.written", { add_final_layer_norm: true }],
  ["bart.written", { static_position_embeddings: true }],
  ["marian.written", { normalize_embedding: true }],
  ["pegasus.written", { normalize_before: false }],
  ...family.flatMap((name) => [
    [name, { activation_function: "gelu_10" }] as const,
    [name, { is_decoder: true }] as const,
    [name, { some_new_switch: "x" }] as const,
  ]),
];

const impossible: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ["t5.written", { relative_attention_num_buckets: 1 }, /do not fit each other/],
  ["t5.written", { relative_attention_max_distance: 2 ** 23 }, /do not fit each other/],
  ["t5.written", { num_layers: 3 }, /no weights encoder\.block\.2/],
  ["t5.written", { d_kv: 7 }, /instead of 14/],
  ["bart.written", { encoder_attention_heads: 3 }, /16 numbers cannot be shared by 3 attention heads/],
  ["bart.written", { max_position_embeddings: 25 }, /is 26 × 16 instead of 27 × 16/],
  ["bart.classes", { eos_token_id: "end" }, /eos_token_id/],
  ["marian.written", { max_position_embeddings: 2 ** 23 }, /max_position_embeddings/],
];

describe("settings of checkpoints of an encoder and a decoder", () => {
  it.each(refused)("%s with %j is refused by name", (name, changed) => {
    const thrown = expect(() => open(name, changed));
    thrown.toThrow(expect.objectContaining({ reason: "model-unsupported" }));
    thrown.toThrow(Object.keys(changed)[0]);
  });

  it.each(impossible)("%s with %j cannot be", (name, changed, message) => {
    const thrown = expect(() => open(name, changed));
    thrown.toThrow(expect.objectContaining({ reason: "model-file-corrupt" }));
    thrown.toThrow(message);
  });

  it("the table of predicted words must be there where it is another than that of looked up ones", () => {
    expect(() => open("bart.written.untied", {}, "lm_head.weight")).toThrow(/no weights lm_head\.weight/);
    expect(() => open("bart.written", {}, "lm_head.weight")).not.toThrow();
  });
});

describe("buckets of distances", () => {
  const file = new URL("../../golden/relativeBuckets/relativeBuckets.json", import.meta.url);
  const rows: readonly (Buckets & { buckets: readonly number[] })[] = JSON.parse(readFileSync(file, "utf8"));
  it.each(rows)("are those of transformers: $count, $furthest, $bothWays", ({ buckets, ...of }) => {
    const ours = relativeBuckets(of);
    const clipped = buckets.map((_, index) => ours[Math.min(Math.max(index - 3, 0), ours.length - 1)]);
    expect(clipped).toEqual(buckets);
  });
});
