import { describe, expect, it } from "vitest";
import { checkpointGraph } from "../../../src/graph/architectures/checkpointGraph";
import { elementTypes } from "../../../src/graph/elementType";
import { makeTensor } from "../../../src/graph/tensor";
import { checkpointGolden } from "../../support/checkpointCorpus";

/** Opens the checkpoint of a golden file with some settings changed and every weight 0. */
function open(name: string, changed: Readonly<Record<string, unknown>>) {
  const { config, tensors } = checkpointGolden(name);
  return checkpointGraph(
    { ...config, ...changed },
    {
      has: (tensor) => Object.hasOwn(tensors, tensor),
      find: (tensor) => {
        const dims = tensors[tensor];
        const bytes = new Uint8Array(4 * (dims ?? []).reduce((product, size) => product * size, 1));
        return dims && makeTensor(tensor, elementTypes.float32, dims, bytes);
      },
    },
  );
}

/** The name by which settings are refused: of settings within others, theirs. */
function named(changed: Readonly<Record<string, unknown>>): string {
  const [[name, value] = ["", null]] = Object.entries(changed);
  const isNested = name === "rope_parameters" && typeof value === "object" && value !== null;
  return isNested ? `${name}.${Object.keys(value)[0]}` : name;
}

/** Settings that ask for something that is not computed here, by the checkpoint whose they are. */
const refused: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["bert.classes", { position_embedding_type: "relative_key" }],
  ["bert.classes", { is_decoder: true }],
  ["bert.classes", { add_cross_attention: true }],
  ["bert.classes", { hidden_act: "gelu_10" }],
  ["bert.classes", { pruned_heads: { 0: [1] } }],
  ["bert.classes", { some_new_switch: true }],
  ["roberta.classes", { position_embedding_type: "relative_key_query" }],
  ["roberta.classes", { is_decoder: true }],
  ["distilbert.classes", { pruned_heads: { 1: [0] } }],
  ["distilbert.classes", { activation: "mish" }],
  ["mpnet.classes", { relative_attention_num_buckets: 16 }],
  ["debertav2.classes", { pos_att_type: ["c2p", "p2p"] }],
  ["debertav2.classes", { pos_att_type: "c2p|p2p" }],
  ["debertav2.classes", { norm_rel_ebd: "batch_norm" }],
  ["debertav2.states.convolved", { conv_groups: 2 }],
  ["debertav2.classes", { pooler_hidden_size: 32 }],
  ["modernbert.classes", { classifier_pooling: "max" }],
  ["modernbert.classes", { layer_types: ["full_attention", "chunked_attention", "full_attention"] }],
  ["gpt2.next", { add_cross_attention: true }],
  ["llama.next", { rope_parameters: { rope_type: "proportional", rope_theta: 10_000 } }],
  ["llama.next", { rope_interleaved: true }],
  ["qwen2.next", { use_mrope: true }],
  ["gemma2.next", { use_bidirectional_attention: true }],
  ["gemma3.next", { attn_logit_softcapping: 50 }],
  ["bloom.next", { slow_but_exact: true }],
  ["t5.written", { feed_forward_proj: "gated-mish" }],
  ["t5.written", { is_decoder: true }],
];

/** Settings that cannot be, or that the weights do not fit. */
const impossible: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ["bert.classes", { num_hidden_layers: 1e9 }, /num_hidden_layers is no sensible number/],
  ["bert.classes", { num_hidden_layers: 3 }, /no weights encoder\.layer\.2/],
  ["bert.classes", { num_hidden_layers: -1 }, /num_hidden_layers/],
  ["bert.classes", { num_attention_heads: 0 }, /num_attention_heads/],
  ["bert.classes", { num_attention_heads: 3 }, /16 numbers cannot be shared by 3 attention heads/],
  ["bert.classes", { hidden_size: 2 ** 40 }, /hidden_size/],
  ["bert.classes", { hidden_size: "16" }, /hidden_size/],
  ["bert.classes", { hidden_size: 32 }, /is 60 × 16 instead of 60 × 32/],
  ["bert.classes", { layer_norm_eps: "small" }, /layer_norm_eps/],
  ["bert.blanks", { tie_word_embeddings: "yes" }, /tie_word_embeddings is neither true nor false/],
  ["distilbert.classes", { n_heads: 1.5 }, /n_heads/],
  ["roberta.classes", { pad_token_id: -1 }, /pad_token_id/],
  ["albert.classes", { num_hidden_groups: 7 }, /num_hidden_groups/],
  ["albert.classes", { inner_group_num: 1e6 }, /inner_group_num/],
  ["debertav2.classes", { position_buckets: 1e9 }, /position_buckets/],
  ["debertav2.states.convolved", { conv_kernel_size: 2 }, /conv_kernel_size/],
  ["gpt2.next", { n_layer: 1e9 }, /n_layer is no sensible number/],
  ["llama.next", { num_hidden_layers: 1e9 }, /num_hidden_layers is no sensible number/],
  ["t5.written", { num_layers: 1e9 }, /num_layers is no sensible number/],
  ["opt.next", { num_attention_heads: 5 }, /cannot be shared by 5 attention heads/],
];

describe("settings of checkpoints", () => {
  it.each(refused)("%s with %j is refused by name", (name, changed) => {
    const thrown = expect(() => open(name, changed));
    thrown.toThrow(expect.objectContaining({ reason: "model-unsupported" }));
    thrown.toThrow(named(changed));
  });

  it.each(impossible)("%s with %j cannot be", (name, changed, message) => {
    const thrown = expect(() => open(name, changed));
    thrown.toThrow(expect.objectContaining({ reason: "model-file-corrupt" }));
    thrown.toThrow(message);
  });

  it.each([
    ["bert.classes", { sbert_ce_default_activation_function: "torch.nn.modules.linear.Identity" }],
    [
      "bert.classes",
      { sentence_transformers: { activation_fn: "torch.nn.modules.activation.Sigmoid", version: "4.1.0" } },
    ],
    [
      "bert.classes",
      { output_scores: false, typical_p: 1, num_beam_groups: 1, tf_legacy_loss: false, tie_encoder_decoder: false },
    ],
    ["debertav2.classes", { pos_att_type: "p2c|c2p" }],
    ["llama.next", { is_llama_config: true, rope_interleaved: false, "transformers.js_config": { dtype: "q4" } }],
    ["llama.next", { unsloth_fixed: true, unsloth_version: "2025.3.19", max_sequence_length: 2048 }],
  ])("%s with %j is opened: other programs' notes and how texts are generated change nothing", (name, changed) => {
    expect(open(name, changed).graph.nodes).toEqual(open(name, {}).graph.nodes);
  });

  it("says nothing against settings that are there without a value", () => {
    expect(open("bert.classes", { pruned_heads: {}, some_new_switch: null }).graph.nodes.length).toBeGreaterThan(0);
  });
});
