"""Checkpoints of decoders: every head, and every setting on which the code branches."""

import transformers
from case import Case

endings = {"next": "ForCausalLM", "classes": "ForSequenceClassification", "tokens": "ForTokenClassification", "spans": "ForQuestionAnswering", "states": "Model"}
common = dict(vocab_size=60, num_labels=3, pad_token_id=1, bos_token_id=0, eos_token_id=2)
turned = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=24)
grouped = dict(**turned, num_key_value_heads=2)
llama3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
yarn = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64)
mscales = dict(**yarn, mscale=0.7, mscale_all_dim=0.9, beta_fast=16.0, beta_slow=2.0, truncate=False)
short, long = [1.0, 1.5], [2.0, 4.0]
longrope = dict(rope_type="longrope", rope_theta=10000.0, short_factor=short, long_factor=long)
sliding = ["full_attention", "sliding_attention"]


def family(name, prefix, config, sizes, heads, next="ForCausalLM", **changed):
    """One case a head, and one for each changed setting, of which `old` ones are written as earlier versions of the library did."""
    kinds = {head: getattr(transformers, f"{prefix}{next if head == 'next' else endings[head]}") for head in heads.split()}

    def case(head, settings):
        return Case(kinds[head], config(**{**common, **sizes, **({"num_labels": 2} if head == "spans" else {}), **settings}))

    cases = {f"{name}.{head}": case(head, {}) for head in kinds}
    for change, (head, settings) in changed.items():
        cases[f"{name}.{head}.{change}"] = case(head, settings)
    return cases


cases = family(
    "gpt2", "GPT2", transformers.GPT2Config, dict(n_embd=16, n_layer=2, n_head=2, n_positions=24, n_inner=24), "next classes tokens spans states", "LMHeadModel",
    untied=("next", dict(tie_word_embeddings=False)), layers=("next", dict(scale_attn_by_inverse_layer_idx=True)), unscaled=("states", dict(scale_attn_weights=False)),
    relu=("states", dict(activation_function="relu", n_inner=None)), upcast=("states", dict(reorder_and_upcast_attn=True)), unpadded=("classes", dict(pad_token_id=59)),
) | family(
    "llama", "Llama", transformers.LlamaConfig, grouped, "next classes tokens spans states",
    tied=("next", dict(tie_word_embeddings=True)), alone=("states", dict(num_key_value_heads=4)), biases=("states", dict(attention_bias=True, mlp_bias=True)),
    wide=("states", dict(head_dim=8)), gelu=("states", dict(hidden_act="gelu")), linear=("states", dict(rope_parameters=dict(rope_type="linear", rope_theta=500.0, factor=2.0))),
    dynamic=("states", dict(rope_parameters=dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0), max_position_embeddings=5)), llama3=("states", dict(rope_parameters=llama3)),
    yarn=("states", dict(rope_parameters=yarn)), mscales=("states", dict(rope_parameters=mscales)),
) | family(
    "mistral", "Mistral", transformers.MistralConfig, dict(**grouped, sliding_window=3), "next classes tokens spans states",
    whole=("states", dict(sliding_window=None)),
) | family(
    "qwen2", "Qwen2", transformers.Qwen2Config, grouped, "next classes tokens spans states",
    tied=("next", dict(tie_word_embeddings=True)), sliding=("states", dict(use_sliding_window=True, sliding_window=3, max_window_layers=1)),
    types=("states", dict(use_sliding_window=True, sliding_window=3, layer_types=sliding[::-1])),
) | family(
    "qwen3", "Qwen3", transformers.Qwen3Config, dict(**grouped, head_dim=8), "next classes tokens spans states",
    tied=("next", dict(tie_word_embeddings=True)), biases=("states", dict(attention_bias=True)), sliding=("states", dict(use_sliding_window=True, sliding_window=3, max_window_layers=1)),
) | family(
    "gemma2", "Gemma2", transformers.Gemma2Config, dict(**grouped, head_dim=8, query_pre_attn_scalar=12, sliding_window=3), "next classes tokens states",
    untied=("next", dict(tie_word_embeddings=False, final_logit_softcapping=2.0)), uncapped=("next", dict(final_logit_softcapping=None, attn_logit_softcapping=None)),
    capped=("states", dict(attn_logit_softcapping=0.5, layer_types=sliding)), biases=("states", dict(attention_bias=True)),
) | family(
    "gemma3", "Gemma3", transformers.Gemma3TextConfig, dict(**grouped, head_dim=8, query_pre_attn_scalar=12, sliding_window=3), "next",
    capped=("next", dict(final_logit_softcapping=2.0, layer_types=sliding)),
) | family(
    "gemma3", "Gemma3Text", transformers.Gemma3TextConfig, dict(**grouped, head_dim=8, query_pre_attn_scalar=12, sliding_window=3, layer_types=sliding), "classes states",
    bothways=("states", dict(use_bidirectional_attention=True, sliding_window=4)), scaled=("states", dict(rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e4), sliding_attention=dict(rope_type="default", rope_theta=1e3)))),
) | family(
    "phi3", "Phi3", transformers.Phi3Config, grouped, "next classes tokens states",
    tied=("next", dict(tie_word_embeddings=True)), sliding=("states", dict(sliding_window=3)), partly=("states", dict(rope_parameters=dict(rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5))),
    short=("states", dict(rope_parameters=longrope, original_max_position_embeddings=12)), long=("states", dict(rope_parameters=longrope, original_max_position_embeddings=6)),
) | family(
    "opt", "OPT", transformers.OPTConfig, dict(hidden_size=16, ffn_dim=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=24), "next classes spans states",
    untied=("next", dict(tie_word_embeddings=False)), after=("states", dict(do_layer_norm_before=False)), projected=("next", dict(word_embed_proj_dim=8)), projectedclasses=("classes", dict(word_embed_proj_dim=8)),
    bare=("states", dict(enable_bias=False, layer_norm_elementwise_affine=False, activation_function="gelu")), endless=("states", dict(_remove_final_layer_norm=True)),
) | family(
    "gptneox", "GPTNeoX", transformers.GPTNeoXConfig, {**turned, "num_attention_heads": 2}, "next classes tokens spans states",
    tied=("next", dict(tie_word_embeddings=True)), serial=("states", dict(use_parallel_residual=False)), unbiased=("states", dict(attention_bias=False)),
    whole=("states", dict(rope_parameters=dict(rope_type="default", rope_theta=500.0, partial_rotary_factor=1.0))), linear=("states", dict(rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=500.0, partial_rotary_factor=0.5))),
) | family(
    "bloom", "Bloom", transformers.BloomConfig, dict(hidden_size=16, n_layer=2, n_head=2), "next classes tokens spans states",
    untied=("next", dict(tie_word_embeddings=False)), after=("states", dict(apply_residual_connection_post_layernorm=True)), threeheads=("states", dict(hidden_size=24, n_head=3)),
)  # fmt: skip
