"""Checkpoints of an encoder and a decoder: every head, and every setting on which the code branches."""

import transformers
from case import Case

inputs = ("input_ids", "attention_mask", "decoder_input_ids")
sizes = dict(
    vocab_size=60, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=4, encoder_ffn_dim=24, decoder_ffn_dim=20,
    max_position_embeddings=24, pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2,
)  # fmt: skip
relative = dict(
    vocab_size=60, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_decoder_layers=3, num_heads=2, relative_attention_num_buckets=8, relative_attention_max_distance=10,
    pad_token_id=1, eos_token_id=2, decoder_start_token_id=1,
)  # fmt: skip


def written(kind, config, *changes):
    return Case(kind, config(**{**(relative if "d_kv" in vars(config()) else sizes), **{key: value for change in changes for key, value in change.items()}}), inputs)


T5, MT5 = transformers.T5ForConditionalGeneration, transformers.MT5ForConditionalGeneration
Bart, MBart = transformers.BartForConditionalGeneration, transformers.MBartForConditionalGeneration
Pegasus, Marian = transformers.PegasusForConditionalGeneration, transformers.MarianMTModel
gated = dict(feed_forward_proj="gated-gelu")

cases = {
    "t5.written": written(T5, transformers.T5Config),
    "t5.written.gated": written(T5, transformers.T5Config, gated, dict(tie_word_embeddings=False)),
    "t5.written.silu": written(T5, transformers.T5Config, dict(feed_forward_proj="gated-silu", num_decoder_layers=None, layer_norm_epsilon=1e-3)),
    "t5.encoded": Case(transformers.T5EncoderModel, transformers.T5Config(**relative)),
    "mt5.written": written(MT5, transformers.MT5Config),
    "bart.written": written(Bart, transformers.BartConfig),
    "bart.written.scaled": written(Bart, transformers.BartConfig, dict(scale_embedding=True, activation_function="relu")),
    "bart.written.untied": written(Bart, transformers.BartConfig, dict(tie_word_embeddings=False)),
    "bart.classes": Case(transformers.BartForSequenceClassification, transformers.BartConfig(**sizes)),
    "mbart.written": written(MBart, transformers.MBartConfig, dict(scale_embedding=True)),
    "marian.written": written(Marian, transformers.MarianConfig, dict(scale_embedding=True, activation_function="swish")),
    "marian.written.apart": written(Marian, transformers.MarianConfig, dict(share_encoder_decoder_embeddings=False, decoder_vocab_size=50)),
    "pegasus.written": written(Pegasus, transformers.PegasusConfig, dict(scale_embedding=True)),
    "pegasus.written.untied": written(Pegasus, transformers.PegasusConfig, dict(tie_word_embeddings=False)),
}
