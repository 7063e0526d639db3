"""Trains the small vocabularies, and lists the configurations they are tested in."""

import json
import tempfile
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from sentencepiece import sentencepiece_model_pb2

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def saved(tokenizer):
    return json.loads(tokenizer.to_str())


def byte_level_bpe(texts):
    """Like RoBERTa."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True), "<|endoftext|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=4000, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken("New York", single_word=True), AddedToken("<extra>", rstrip=True, normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return saved(tokenizer)


def byte_fallback_bpe(texts):
    """Like Llama 2: spaces are marked by the normaliser, unknown characters fall back to bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=3000, special_tokens=["<unk>", "<s>", "</s>", *BYTES], limit_alphabet=300, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    result = saved(tokenizer)
    result["added_tokens"] = [token for token in result["added_tokens"] if token["content"] not in BYTES]
    result["pre_tokenizer"] = None
    result["normalizer"] = {
        "type": "Sequence",
        "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ],
    }
    result["post_processor"] = json.loads(
        processors.TemplateProcessing("<s> $A", "<s> $A <s>:1 $B:1", [("<s>", 1)]).__getstate__()
    )
    return result


def unigram(texts):
    """Like XLM-R: trained by sentencepiece with its map for NFKC, ids shifted by the special tokens."""
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder) / "unigram")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(text for text in texts if text.strip()),
            model_prefix=prefix,
            vocab_size=3600,
            model_type="unigram",
            character_coverage=0.997,
            byte_fallback=True,
            num_threads=1,
            minloglevel=2,
        )
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(prefix + ".model").read_bytes())
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece.piece, piece.score) for piece in model.pieces[3:]] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)]
    )
    return saved(tokenizer)


VOCABULARIES = {"byteLevelBpe": byte_level_bpe, "byteFallbackBpe": byte_fallback_bpe, "unigram": unigram}

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def metaspace(scheme, split):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


CONFIGURATIONS = {
    "wordPiece": {"vocabulary": "wordPiece", "all": True, "overrides": {}},
    "byteLevelBpe": {"vocabulary": "byteLevelBpe", "all": True, "overrides": {}},
    "unigram": {"vocabulary": "unigram", "all": True, "overrides": {}},
    "byteFallbackBpe": {"vocabulary": "byteFallbackBpe", "all": True, "overrides": {}},
    "wordPieceCased": {
        "vocabulary": "wordPiece",
        "all": False,
        "overrides": {
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": False,
            },
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]},
        },
    },
    "gpt2Prefix": {
        "vocabulary": "byteLevelBpe",
        "all": False,
        "overrides": {
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        },
    },
    "llama3": {
        "vocabulary": "byteLevelBpe",
        "all": False,
        "overrides": {
            "model": {"ignore_merges": True},
            "normalizer": {"type": "NFC"},
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": LLAMA3}, "behavior": "Isolated", "invert": False},
                    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
                ],
            },
            "post_processor": {
                "type": "Sequence",
                "processors": [
                    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
                    {
                        "type": "TemplateProcessing",
                        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                        "pair": [
                            {"SpecialToken": {"id": "<s>", "type_id": 0}},
                            {"Sequence": {"id": "A", "type_id": 0}},
                            {"SpecialToken": {"id": "<s>", "type_id": 1}},
                            {"Sequence": {"id": "B", "type_id": 1}},
                        ],
                        "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
                    },
                ],
            },
        },
    },
    "t5": {
        "vocabulary": "unigram",
        "all": False,
        "overrides": {"model": {"byte_fallback": True}, "pre_tokenizer": metaspace("first", True)},
    },
    "llamaMetaspace": {
        "vocabulary": "byteFallbackBpe",
        "all": False,
        "overrides": {"normalizer": None, "pre_tokenizer": metaspace("first", False)},
    },
    "unknownBpe": {
        "vocabulary": "byteFallbackBpe",
        "all": False,
        "overrides": {
            "model": {"byte_fallback": False, "fuse_unk": False},
            "normalizer": {"type": "NFKC"},
            "pre_tokenizer": metaspace("always", True),
            "post_processor": None,
        },
    },
    "droppingBpe": {
        "vocabulary": "byteFallbackBpe",
        "all": False,
        "overrides": {"model": {"byte_fallback": False, "unk_token": None}},
    },
}
