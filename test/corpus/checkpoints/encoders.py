"""Checkpoints of encoders: every head, and every setting on which the code branches."""

import transformers
from case import Case

sizes = dict(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, max_position_embeddings=24, pad_token_id=1)
heads = {"states": "Model", "classes": "ForSequenceClassification", "tokens": "ForTokenClassification", "spans": "ForQuestionAnswering", "blanks": "ForMaskedLM"}
single = ("input_ids", "attention_mask")
pair = (*single, "token_type_ids")


def family(prefix, inputs=single, common=None, **changed):
    """One case a head, and one for each changed setting."""
    config = getattr(transformers, f"{prefix}Config")

    def case(head, settings):
        named = {**sizes, "num_labels": 2 if head == "spans" else 3, **(common or {}), **settings}
        made = config(**{name: value for name, value in named.items() if value is not None})
        return Case(getattr(transformers, f"{prefix}{heads[head]}"), made, inputs, made.pad_token_id)

    name = prefix.lower()
    cases = {f"{name}.{head}": case(head, {}) for head in heads}
    return cases | {f"{name}.{head}.{change}": case(head, settings) for change, (head, settings) in changed.items()}


bert = family(
    "Bert", pair,
    untied=("blanks", dict(tie_word_embeddings=False)), relu=("classes", dict(hidden_act="relu")), approximate=("states", dict(hidden_act="gelu_new")),
    kinds=("tokens", dict(type_vocab_size=3)),
)  # fmt: skip
bert["bert.trained"] = Case(transformers.BertForPreTraining, transformers.BertConfig(**sizes), pair, sizes["pad_token_id"])
roberta = family(
    "Roberta",
    untied=("blanks", dict(tie_word_embeddings=False)), kinds=("classes", dict(type_vocab_size=1)), padding=("states", dict(pad_token_id=3)), new=("blanks", dict(hidden_act="gelu_new")),
)  # fmt: skip
camembert = {"camembert.classes": family("Camembert")["camembert.classes"], "xlmroberta.tokens": family("XLMRoberta")["xlmroberta.tokens"]}
distilbert = family(
    "DistilBert", common=dict(dim=16, n_layers=2, n_heads=2, hidden_dim=24, hidden_size=None, num_hidden_layers=None, num_attention_heads=None, intermediate_size=None),
    untied=("blanks", dict(tie_word_embeddings=False)), computed=("states", dict(sinusoidal_pos_embds=True)), relu=("blanks", dict(activation="relu")),
)  # fmt: skip
electra = family("Electra", pair, common=dict(embedding_size=8), wide=("classes", dict(embedding_size=16)), untied=("blanks", dict(tie_word_embeddings=False)))
albert = family(
    "Albert", pair, common=dict(embedding_size=8),
    groups=("classes", dict(num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2)), gelu=("blanks", dict(hidden_act="gelu")),
)  # fmt: skip
albert["albert.trained"] = Case(transformers.AlbertForPreTraining, transformers.AlbertConfig(**sizes, embedding_size=8), pair, sizes["pad_token_id"])
mpnet = family("MPNet", untied=("blanks", dict(tie_word_embeddings=False)))
relative = dict(
    relative_attention=True, position_buckets=4, max_relative_positions=-1, pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm", share_att_key=True,
    position_biased_input=False, type_vocab_size=0, pooler_hidden_size=16,
)  # fmt: skip
deberta = family(
    "DebertaV2", common=relative,
    untied=("blanks", dict(tie_word_embeddings=False)), new=("blanks", dict(legacy=False)), apart=("classes", dict(share_att_key=False)), plain=("tokens", dict(relative_attention=False, pos_att_type=[], position_biased_input=True)),
    c2p=("states", dict(pos_att_type=["c2p"], position_buckets=-1, max_relative_positions=3, norm_rel_ebd="none")), p2c=("states", dict(pos_att_type=["p2c"], share_att_key=False)),
    convolved=("states", dict(conv_kernel_size=3, conv_act="gelu")), narrow=("classes", dict(embedding_size=8)),
)  # fmt: skip
deberta["debertav2.tokens.kinds"] = family("DebertaV2", pair, common={**relative, "type_vocab_size": 2})["debertav2.tokens"]
modern = family(
    "ModernBert", common=dict(local_attention=4, global_attn_every_n_layers=2, eos_token_id=2, bos_token_id=0, cls_token_id=0, sep_token_id=2, num_hidden_layers=3),
    untied=("blanks", dict(tie_word_embeddings=False)), mean=("classes", dict(classifier_pooling="mean")), undecided=("blanks", dict(decoder_bias=False)),
    biases=("tokens", dict(attention_bias=True, mlp_bias=True, norm_bias=True, classifier_bias=True, classifier_activation="silu", hidden_activation="relu")),
)  # fmt: skip
cases = {**bert, **roberta, **camembert, **distilbert, **electra, **albert, **mpnet, **deberta, **modern}
