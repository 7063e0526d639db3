"""The architectures of the corpus: one small random model each, as real as the classes of transformers make it."""

import dataclasses

import torch
import transformers

vocabulary, positions, pad, end, start = 60, 24, 1, 2, 0
layers, heads, width, inner = 2, 2, 16, 24
common = dict(vocab_size=vocabulary, num_labels=3, pad_token_id=pad, initializer_range=0.15)
bertlike = dict(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=inner, **common)
causal = dict(eos_token_id=end, bos_token_id=start, use_cache=False)
t5 = dict(
    d_model=width, d_kv=8, d_ff=inner, num_layers=layers, num_heads=heads, relative_attention_num_buckets=8, relative_attention_max_distance=12,
    decoder_start_token_id=start, eos_token_id=end, use_cache=False, feed_forward_proj="gated-gelu", **common,
)  # fmt: skip
deberta = dict(
    max_position_embeddings=positions, relative_attention=True, position_buckets=4, pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm",
    share_att_key=True, position_biased_input=False, pooler_hidden_size=width, pooler_dropout=0,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A class of transformers, its settings, the inputs its export takes, and what the runtime's optimiser calls it."""

    kind: type
    config: object
    inputs: tuple = ("input_ids", "attention_mask")
    fused: str | None = None


architectures = {
    "bert": Architecture(
        transformers.BertForSequenceClassification,
        transformers.BertConfig(max_position_embeddings=positions, **bertlike),
        ("input_ids", "attention_mask", "token_type_ids"),
        "bert",
    ),
    "distilbert": Architecture(
        transformers.DistilBertForSequenceClassification,
        transformers.DistilBertConfig(dim=width, n_layers=layers, n_heads=heads, hidden_dim=inner, max_position_embeddings=positions, **common),
        fused="bert",
    ),
    "roberta": Architecture(
        transformers.RobertaForSequenceClassification, transformers.RobertaConfig(max_position_embeddings=positions + 2, **bertlike), fused="bert"
    ),
    "albert": Architecture(
        transformers.AlbertForSequenceClassification,
        transformers.AlbertConfig(embedding_size=8, max_position_embeddings=positions, classifier_dropout_prob=0, **bertlike),
        ("input_ids", "attention_mask", "token_type_ids"),
        "bert",
    ),
    "debertav2": Architecture(transformers.DebertaV2ForSequenceClassification, transformers.DebertaV2Config(**deberta, **bertlike)),
    "modernbert": Architecture(
        transformers.ModernBertForSequenceClassification,
        transformers.ModernBertConfig(
            max_position_embeddings=positions, local_attention=6, global_attn_every_n_layers=2, eos_token_id=end, bos_token_id=start,
            cls_token_id=start, sep_token_id=end, classifier_pooling="mean", reference_compile=False, **bertlike,
        ),
    ),  # fmt: skip
    "gpt2": Architecture(
        transformers.GPT2ForSequenceClassification,
        transformers.GPT2Config(n_embd=width, n_layer=layers, n_head=heads, n_inner=inner, n_positions=positions, **causal, **common),
        fused="gpt2",
    ),
    "llama": Architecture(
        transformers.LlamaForSequenceClassification,
        transformers.LlamaConfig(**{**bertlike, "hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": positions}, **causal),
    ),
    "gemma2": Architecture(
        transformers.Gemma2ForSequenceClassification,
        transformers.Gemma2Config(
            num_key_value_heads=1, head_dim=8, query_pre_attn_scalar=8, sliding_window=3, attn_logit_softcapping=5.0,
            max_position_embeddings=positions, **causal, **bertlike,
        ),
    ),  # fmt: skip
    "t5encoder": Architecture(transformers.T5ForTokenClassification, transformers.T5Config(**t5), fused="t5"),
    "t5": Architecture(
        transformers.T5ForConditionalGeneration,
        transformers.T5Config(**t5),
        ("input_ids", "attention_mask", "decoder_input_ids"),
        "t5",
    ),
    "bart": Architecture(
        transformers.BartForSequenceClassification,
        transformers.BartConfig(
            d_model=width, encoder_layers=layers, decoder_layers=layers, encoder_attention_heads=heads, decoder_attention_heads=heads,
            encoder_ffn_dim=inner, decoder_ffn_dim=inner, max_position_embeddings=positions, decoder_start_token_id=end, forced_eos_token_id=None,
            **{**causal, **common},
        ),
        fused="bart",
    ),  # fmt: skip
    # Exported only after everything else was written, to see what happens then.
    "mpnet": Architecture(transformers.MPNetForSequenceClassification, transformers.MPNetConfig(max_position_embeddings=positions + 2, **bertlike)),
    "squeezebert": Architecture(
        transformers.SqueezeBertForSequenceClassification,
        transformers.SqueezeBertConfig(
            embedding_size=width, q_groups=2, k_groups=2, v_groups=1, post_attention_groups=1, intermediate_groups=2, output_groups=2,
            max_position_embeddings=positions, **bertlike,
        ),
        ("input_ids", "attention_mask", "token_type_ids"),
    ),  # fmt: skip
    "funnel": Architecture(
        transformers.FunnelForSequenceClassification,
        transformers.FunnelConfig(
            block_sizes=[1, 1], d_model=width, n_head=heads, d_head=8, d_inner=inner, num_decoder_layers=1, separate_cls=False, initializer_std=None,
            **common,
        ),
        ("input_ids", "attention_mask", "token_type_ids"),
    ),  # fmt: skip
}


def random_model(architecture, attention):
    """The same random weights whatever `attention` is; spread 0.15, since with the usual 0.02 attention is near uniform and mistakes go unseen."""
    torch.manual_seed(20)
    model = architecture.kind._from_config(architecture.config, attn_implementation=attention).eval()
    generator = torch.Generator().manual_seed(21)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            # Biases and normalisations start at 0 and 1, where forgetting them would go unseen.
            parameter.copy_(parameter + 0.1 * noise if parameter.dim() == 1 else (3 / width) * noise if parameter.dim() == 2 else 0.15 * noise)
    return model
