"""Makes the goldens of decoders with the Python package `tokenizers`: the texts of random tokens and of the tokens of hard texts.

Usage: python test/golden/tokenizers/decoders.py   (after make.py)
"""

import gzip
import json
import random
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).parent
SENTIMENT = HERE.parents[2] / "models/sentiment/tokenizer.json"
LLAMA = [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0},
]
METASPACE = {"type": "Metaspace", "replacement": "▁", "split": True}
DECODERS = [
    ("byteLevelBpe", {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}),
    ("byteLevelBpe", {"type": "BPEDecoder", "suffix": "Ġ"}),
    ("wordPiece", {"type": "WordPiece", "prefix": "##", "cleanup": True}),
    ("wordPiece", {"type": "WordPiece", "prefix": "##", "cleanup": False}),
    ("wordPiece", {"type": "CTC", "pad_token": "a", "word_delimiter_token": "##s", "cleanup": True}),
    ("wordPiece", {"type": "CTC", "pad_token": "a", "word_delimiter_token": "##s", "cleanup": False}),
    ("wordPiece", None),
    ("byteFallbackBpe", {"type": "Sequence", "decoders": LLAMA}),
    ("byteFallbackBpe", {"type": "ByteFallback"}),
    ("byteFallbackBpe", {"type": "Sequence", "decoders": [LLAMA[1], {"type": "Strip", "content": "e", "start": 0, "stop": 1}, {"type": "Strip", "content": "▁", "start": 2, "stop": 0}]}),
    ("byteFallbackBpe", {"type": "Replace", "pattern": {"Regex": "▁+|[aeiou]{1,2}"}, "content": "_-"}),
    ("unigram", {**METASPACE, "prepend_scheme": "always"}),
    ("unigram", {**METASPACE, "prepend_scheme": "first"}),
    ("unigram", {**METASPACE, "prepend_scheme": "never"}),
]


def read(name):
    return json.loads(gzip.decompress((HERE / name).read_bytes()))


def utf8(text):
    return "".join("\ufffd" if 0xD800 <= ord(character) < 0xE000 else character for character in text)


def main():
    texts = [utf8(text) for text in read("texts.json.gz")[:700]]
    chance = random.Random(3)
    cases = []
    for vocabulary, decoder in DECODERS:
        base = json.loads(SENTIMENT.read_text(encoding="utf-8")) if vocabulary == "wordPiece" else read(f"vocabularies/{vocabulary}.json.gz")
        tokenizer = Tokenizer.from_str(json.dumps({**base, "truncation": None, "padding": None, "decoder": decoder}))
        size = tokenizer.get_vocab_size()
        lists = [tokenizer.encode(text).ids for text in chance.sample(texts, 120)]
        # Where bytes have tokens, these are the first ones.
        lists += [[chance.randrange(size if chance.random() < 0.6 else 300) for _ in range(chance.randrange(14))] for _ in range(120)]
        lists.append([size + 5, 3, 4])
        cases.append({"vocabulary": vocabulary, "decoder": decoder, "ids": lists, "texts": [tokenizer.decode(ids) for ids in lists]})
    data = json.dumps(cases, separators=(",", ":")).encode()
    (HERE / "decoders.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    print((HERE / "decoders.json.gz").stat().st_size)


main()
