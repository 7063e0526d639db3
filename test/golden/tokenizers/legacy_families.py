"""The old files of each family of tokenizers, made of tiny vocabularies that are trained here."""

import json
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

from texts import PIECES, SENTENCES, training_texts

SIZE = 700


def vocabularies(sst2, place):
    """All vocabularies that families are made of."""
    texts = [text for text in training_texts(sst2)[:6000] + SENTENCES * 30 if text.strip()]
    rules = place / "rules.tsv"
    rules.write_text(character_rules())

    def sentence_pieces(name, **options):
        prefix = str(place / name)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_prefix=prefix, num_threads=1, minloglevel=2, **{"vocab_size": SIZE, "character_coverage": 0.995, **options}
        )
        return (place / f"{name}.model").read_bytes()

    small = {"normalization_rule_tsv": str(rules)}
    merging = {"model_type": "bpe", "byte_fallback": True, "normalization_rule_name": "identity", "vocab_size": SIZE + 256}
    return {
        "wordPiece": word_piece(texts),
        "bytes": byte_level(texts),
        "t5": sentence_pieces("t5", pad_id=0, eos_id=1, unk_id=2, bos_id=-1, user_defined_symbols="<USR>", **small),
        "pegasus": sentence_pieces("pegasus", pad_id=0, eos_id=1, unk_id=2, bos_id=-1, **small),
        "albert": sentence_pieces("albert", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols="[CLS],[SEP],[MASK]", **small),
        "fairseq": sentence_pieces("fairseq", user_defined_symbols="<USR>", **small),
        "deberta": sentence_pieces(
            "deberta", pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]", normalization_rule_name="identity"
        ),
        "llama": sentence_pieces("llama", **merging),
        "gemma": sentence_pieces(
            "gemma", pad_id=0, eos_id=1, bos_id=2, unk_id=3, bos_piece="<bos>", eos_piece="<eos>", user_defined_symbols="<mask>,<start_of_turn>,\n\n,▁▁", **merging
        ),
        "source": sentence_pieces("source", pad_id=-1, **small),
        "target": sentence_pieces("target", pad_id=-1, vocab_size=400, **small),
    }


def character_rules():
    """A small character map: compatibility forms of what the hard texts have, some of several characters."""
    characters = sorted(set("".join(SENTENCES + PIECES)) | {chr(code) for code in range(0x80, 0x180)})
    pairs = {}
    for character in characters:
        other = unicodedata.normalize("NFKC", character)
        if other != character and not 0xD800 <= ord(character) < 0xE000:
            pairs[character] = other
    pairs |= {"e\u0301": "é", "a\u0302\u0323": "ậ", "\u1100\u1161": "가", "\u1100\u1161\u11a8": "각", "\t": " ", "\n": " ", "\r\n": " ", "\u200b": " ", "\u00ad": "", "👍🏽": "👍"}
    code = lambda text: " ".join(f"{ord(each):X}" for each in text)  # noqa: E731
    return "".join(f"{code(left)}\t{code(right)}\n" for left, right in sorted(pairs.items()))


def word_piece(texts):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "<pad>", "</s>", "<mask>"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=SIZE, special_tokens=special, show_progress=False))
    vocabulary = tokenizer.get_vocab()
    return "".join(f"{piece}\n" for piece in sorted(vocabulary, key=vocabulary.get))


def byte_level(texts):
    """vocab.json and merges.txt."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>", "[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"]
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE + 256, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in model["merges"])
    return {"vocab.json": json.dumps(model["vocab"], ensure_ascii=False), "merges.txt": merges}


def described(content, **flags):
    """An added token as tokenizer_config.json describes it."""
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True, **flags}


def mapped(content, **flags):
    """A token as special_tokens_map.json describes it."""
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **flags}


def family(model, /, **files):
    """A family whose files are given by name, `_` for a dot; a function is called with the vocabularies."""

    def made(trained):
        result = {"config.json": model}
        for name, content in files.items():
            content = content(trained) if callable(content) else content
            if name == "bytes":
                result |= content
            else:
                result[{"config": "tokenizer_config.json", "map": "special_tokens_map.json", "added": "added_tokens.json"}.get(name, name)] = content
        return result

    return made


def of(name):
    return lambda trained: trained[name]


def marian_vocabulary(trained):
    """Pieces of both sides, some of the source's left out, the padding last, in an order of their own."""
    pieces = {"</s>": 0, "<unk>": 1, ">>fra<<": 2, ">>de<<": 3}
    for side in ("target", "source"):
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(trained[side])
        for index, piece in enumerate(model.pieces):
            if piece.piece not in pieces and piece.type == 1 and index % 41 != 0:
                pieces[piece.piece] = len(pieces)
    pieces["<pad>"] = len(pieces)
    return pieces


BOTH = [described("<extra>", rstrip=True, special=False), described("New York", single_word=True, normalized=True, special=False)]

FAMILIES = {
    "bert": family({"model_type": "bert"}, **{"vocab.txt": of("wordPiece")}, config={"do_lower_case": True, "model_max_length": 512}),
    "bertCased": family(
        {"model_type": "bert"},
        **{"vocab.txt": of("wordPiece")},
        config={"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False, "tokenizer_class": "BertTokenizer"},
        map={"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": mapped("[MASK]", lstrip=True), "additional_special_tokens": ["<extra>", "[new]"]},
        added={"New York": SIZE + 1, "<extra>": SIZE},
    ),
    "electra": family({"model_type": "electra"}, **{"vocab.txt": of("wordPiece")}, config={"tokenizer_class": "ElectraTokenizer", "added_tokens_decoder": {"0": described("[PAD]"), str(SIZE): BOTH[0], str(SIZE + 1): BOTH[1]}}),
    "mpnet": family(
        {"model_type": "mpnet"},
        **{"vocab.txt": of("wordPiece")},
        config={"tokenizer_class": "MPNetTokenizer", "do_lower_case": True, "unk_token": "[UNK]", "mask_token": "<mask>"},
        map={"bos_token": "<s>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": mapped("<mask>", lstrip=True, normalized=False)},
    ),
    "gpt2": family({"model_type": "gpt2"}, bytes=of("bytes"), config={"model_max_length": 1024}),
    "gpt2Prefix": family({"model_type": "gpt2"}, bytes=of("bytes"), config={"add_prefix_space": True, "tokenizer_class": "GPT2Tokenizer", "pad_token": "[fresh]", "image_token": "<image>"}),
    "opt": family(
        {"model_type": "opt"},
        bytes=of("bytes"),
        config={"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "errors": "replace", **{f"{role}_token": {"__type": "AddedToken", **mapped(text)} for role, text in [("bos", "</s>"), ("eos", "</s>"), ("unk", "</s>"), ("pad", "<pad>")]}},
        map={"bos_token": mapped("</s>"), "eos_token": mapped("</s>"), "unk_token": mapped("</s>"), "pad_token": mapped("<pad>")},
    ),
    "roberta": family({"model_type": "roberta"}, bytes=of("bytes")),
    "robertaPrefix": family(
        {"model_type": "roberta"},
        bytes=of("bytes"),
        config={"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True, "trim_offsets": True, "added_tokens_decoder": {"0": described("<s>", normalized=True), "1": described("<pad>", normalized=True), "4": described("<mask>", lstrip=True), "5": described("<|endoftext|>"), "2000": BOTH[1], "2001": BOTH[0]}},
    ),
    "bart": family({"model_type": "bart"}, bytes=of("bytes"), config={"tokenizer_class": "BartTokenizer", "trim_offsets": False, "mask_token": {"__type": "AddedToken", **mapped("<mask>", lstrip=True)}}),
    "gptNeoX": family({"model_type": "gpt_neox"}, bytes=of("bytes"), config={"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": False}),
    "qwen2": family(
        {"model_type": "qwen2"},
        bytes=of("bytes"),
        config={
            "tokenizer_class": "Qwen2Tokenizer",
            "bos_token": None,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "unk_token": None,
            "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
            "added_tokens_decoder": {"5": described("<|endoftext|>", lstrip=True), "956": described("<|im_start|>"), "957": described("<|im_end|>"), "958": described("<think>", special=False)},
        },
    ),
    "qwen3": family({"model_type": "qwen3"}, bytes=of("bytes"), config={"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": True}, added={"<|im_start|>": 956, "<|im_end|>": 957}, map={"eos_token": "<|im_end|>", "additional_special_tokens": ["<|im_start|>"]}),
    "deberta": family({"model_type": "deberta"}, bytes=of("bytes"), config={"do_lower_case": False, "vocab_type": "gpt2"}),
    "t5": family({"model_type": "t5"}, **{"spiece.model": of("t5")}, config={"tokenizer_class": "T5Tokenizer", "extra_ids": 100, "additional_special_tokens": [f"<extra_id_{index}>" for index in range(100)]}, map={"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}),
    "mt5": family({"model_type": "mt5", "tokenizer_class": "T5Tokenizer"}, **{"spiece.model": of("pegasus")}, config={"extra_ids": 0}),
    "albert": family({"model_type": "albert"}, **{"spiece.model": of("albert")}, config={"tokenizer_class": "AlbertTokenizer", "mask_token": {"__type": "AddedToken", **mapped("[MASK]", lstrip=True, normalized=False)}}),
    "albertCased": family({"model_type": "albert"}, **{"spiece.model": of("albert")}, config={"do_lower_case": False, "keep_accents": True}),
    "xlmRoberta": family({"model_type": "xlm-roberta"}, **{"sentencepiece.bpe.model": of("fairseq")}, config={"tokenizer_class": "XLMRobertaTokenizer", "mask_token": {"__type": "AddedToken", **mapped("<mask>", lstrip=True)}}),
    "camembert": family({"model_type": "camembert"}, **{"sentencepiece.bpe.model": of("fairseq")}, config={"additional_special_tokens": ["<s>NOTUSED", "</s>NOTUSED"]}),
    "mbart": family({"model_type": "mbart"}, **{"sentencepiece.bpe.model": of("fairseq")}, config={"tokenizer_class": "MBartTokenizer", "src_lang": "fr_XX", "tgt_lang": "en_XX"}),
    "mbart50": family({"model_type": "mbart"}, **{"sentencepiece.bpe.model": of("fairseq")}, config={"tokenizer_class": "MBart50Tokenizer", "src_lang": "ro_RO"}),
    "debertaV2": family({"model_type": "deberta-v2"}, **{"spm.model": of("deberta")}, config={"do_lower_case": False, "vocab_type": "spm", "tokenizer_class": "DebertaV2Tokenizer"}, added={"[MASK]": SIZE}),
    "debertaV2Lower": family({"model_type": "deberta-v2"}, **{"spm.model": of("deberta")}, config={"do_lower_case": True, "split_by_punct": True, "add_prefix_space": False}),
    "pegasus": family({"model_type": "pegasus"}, **{"spiece.model": of("pegasus")}, config={"tokenizer_class": "PegasusTokenizer", "mask_token": "<mask_2>", "mask_token_sent": "<mask_1>", "offset": 103}),
    "pegasusBare": family({"model_type": "pegasus"}, **{"spiece.model": of("pegasus")}),
    "llama": family({"model_type": "llama"}, **{"tokenizer.model": of("llama")}, config={"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "legacy": False, "bos_token": {"__type": "AddedToken", **mapped("<s>")}}),
    "llamaLegacy": family({"model_type": "llama"}, **{"tokenizer.model": of("llama")}, config={"tokenizer_class": "LlamaTokenizerFast", "add_bos_token": True, "add_eos_token": True, "legacy": True, "added_tokens_decoder": {"0": described("<unk>"), "1": described("<s>"), "2": described("</s>"), "956": BOTH[0]}}),
    "gemma": family({"model_type": "gemma"}, **{"tokenizer.model": of("gemma")}, config={"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}),
    "mistral": family({"model_type": "mistral"}, **{"tokenizer.model": of("llama")}, config={"tokenizer_class": "LlamaTokenizer", "add_bos_token": True}),
    "phi3": family({"model_type": "phi3"}, **{"tokenizer.model": of("llama")}, config={"tokenizer_class": "LlamaTokenizer", "add_bos_token": False, "eos_token": "<|endoftext|>", "added_tokens_decoder": {"0": described("<unk>"), "258": described("<|swapped|>"), "956": described("<|endoftext|>"), "957": described("<|user|>", rstrip=True)}}),
    "plainUnigram": family({"model_type": "granite"}, **{"tokenizer.model": of("fairseq")}),
    "marian": family(
        {"model_type": "marian"},
        **{"source.spm": of("source"), "target.spm": of("target"), "vocab.json": marian_vocabulary},
        config={"tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "fr", "separate_vocabs": False},
        map={"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"},
    ),
}
