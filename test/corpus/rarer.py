"""Architectures that people ask for less often, two exports each: relatives with a twist, and some that have no attention to show."""

import transformers
from architectures import Architecture, bertlike, causal, common, end, heads, inner, layers, pad, positions, start, vocabulary, width

three = ("input_ids", "attention_mask", "token_type_ids")

rarer = {
    "xlm": Architecture(
        transformers.XLMForSequenceClassification,
        transformers.XLMConfig(
            emb_dim=width, n_layers=layers, n_heads=heads, max_position_embeddings=positions, n_langs=1, embed_init_std=0.15, init_std=0.15,
            bos_index=start, eos_index=end, pad_index=pad, **common,
        ),
    ),
    "xlnet": Architecture(
        transformers.XLNetForSequenceClassification,
        transformers.XLNetConfig(d_model=width, n_layer=layers, n_head=heads, d_inner=inner, **causal, **common),
        three,
    ),
    "longformer": Architecture(
        transformers.LongformerForSequenceClassification,
        transformers.LongformerConfig(attention_window=4, max_position_embeddings=positions + 2, **bertlike),
    ),
    "convbert": Architecture(
        transformers.ConvBertForSequenceClassification,
        transformers.ConvBertConfig(embedding_size=width, head_ratio=1, conv_kernel_size=3, max_position_embeddings=positions, **bertlike),
        three,
    ),
    "nystromformer": Architecture(
        transformers.NystromformerForSequenceClassification,
        transformers.NystromformerConfig(max_position_embeddings=positions, segment_means_seq_len=64, num_landmarks=64, **bertlike),
        three,
    ),
    "fnet": Architecture(transformers.FNetForSequenceClassification, transformers.FNetConfig(**{**bertlike, "max_position_embeddings": positions}), ("input_ids",)),
    "roformer": Architecture(
        transformers.RoFormerForSequenceClassification, transformers.RoFormerConfig(embedding_size=width, max_position_embeddings=positions, **bertlike), three
    ),
    "ibert": Architecture(transformers.IBertForSequenceClassification, transformers.IBertConfig(max_position_embeddings=positions + 2, **bertlike)),
    "ibertquantised": Architecture(
        transformers.IBertForSequenceClassification, transformers.IBertConfig(max_position_embeddings=positions + 2, quant_mode=True, **bertlike)
    ),
    "megatronbert": Architecture(transformers.MegatronBertForSequenceClassification, transformers.MegatronBertConfig(max_position_embeddings=positions, **bertlike), three),
    "data2vec": Architecture(transformers.Data2VecTextForSequenceClassification, transformers.Data2VecTextConfig(max_position_embeddings=positions + 2, **bertlike)),
    "esm": Architecture(
        transformers.EsmForSequenceClassification,
        transformers.EsmConfig(max_position_embeddings=positions + 2, mask_token_id=3, token_dropout=True, position_embedding_type="rotary", **bertlike),
    ),
    "layoutlm": Architecture(transformers.LayoutLMForSequenceClassification, transformers.LayoutLMConfig(max_2d_position_embeddings=32, max_position_embeddings=positions, **bertlike), three),
    "yoso": Architecture(transformers.YosoForSequenceClassification, transformers.YosoConfig(use_expectation=True, max_position_embeddings=positions + 2, **bertlike)),
    "bigbird": Architecture(
        transformers.BigBirdForSequenceClassification,
        transformers.BigBirdConfig(attention_type="original_full", max_position_embeddings=positions, **bertlike),
        three,
    ),
    "rembert": Architecture(
        transformers.RemBertForSequenceClassification,
        transformers.RemBertConfig(input_embedding_size=8, output_embedding_size=8, max_position_embeddings=positions, **bertlike),
        three,
    ),
    "deberta": Architecture(
        transformers.DebertaForSequenceClassification,
        transformers.DebertaConfig(
            max_position_embeddings=positions, relative_attention=True, max_relative_positions=8, pos_att_type=["p2c", "c2p"], position_biased_input=False,
            pooler_hidden_size=width, pooler_dropout=0, **bertlike,
        ),
    ),
    "electra": Architecture(transformers.ElectraForSequenceClassification, transformers.ElectraConfig(embedding_size=8, max_position_embeddings=positions, **bertlike), three),
    "mobilebert": Architecture(
        transformers.MobileBertForSequenceClassification,
        transformers.MobileBertConfig(
            embedding_size=8, intra_bottleneck_size=8, true_hidden_size=8, num_feedforward_networks=2, max_position_embeddings=positions,
            **{**bertlike, "intermediate_size": 8},
        ),
        three,
    ),
    "falcon": Architecture(
        transformers.FalconForSequenceClassification,
        transformers.FalconConfig(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, alibi=True, multi_query=True, **causal, **common),
    ),
    "gptneox": Architecture(
        transformers.GPTNeoXForSequenceClassification, transformers.GPTNeoXConfig(rotary_pct=0.5, max_position_embeddings=positions, **causal, **bertlike)
    ),
    "mamba": Architecture(
        transformers.MambaForCausalLM,
        transformers.MambaConfig(hidden_size=width, state_size=4, num_hidden_layers=layers, conv_kernel=3, time_step_rank=2, **causal, **common),
    ),
    "canine": Architecture(
        transformers.CanineForSequenceClassification,
        transformers.CanineConfig(
            max_position_embeddings=32, downsampling_rate=2, upsampling_kernel_size=2, num_hash_functions=2, num_hash_buckets=64, local_transformer_stride=4,
            **bertlike,
        ),
        three,
    ),
    "perceiver": Architecture(
        transformers.PerceiverForSequenceClassification,
        transformers.PerceiverConfig(
            num_latents=6, d_latents=width, d_model=width, num_blocks=1, num_self_attends_per_block=1, num_self_attention_heads=heads,
            num_cross_attention_heads=heads, max_position_embeddings=positions, **common,
        ),
    ),
    "luke": Architecture(
        transformers.LukeForSequenceClassification,
        transformers.LukeConfig(entity_vocab_size=8, entity_emb_size=8, max_position_embeddings=positions + 2, **bertlike),
    ),
    "xmod": Architecture(
        transformers.XmodForSequenceClassification,
        transformers.XmodConfig(max_position_embeddings=positions + 2, languages=("en_XX",), default_language="en_XX", **bertlike),
    ),
}  # fmt: skip
