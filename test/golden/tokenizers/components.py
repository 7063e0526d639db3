"""Goldens of single normalisers, pre-tokenisers and models."""

import hashlib
import json
import random

from tokenizers import Tokenizer, models

NORMALIZERS = [
    *[{"type": name} for name in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"]],
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    {"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": True, "strip_accents": True, "lowercase": False},
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False, "strip_accents": False, "lowercase": True},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Strip", "strip_left": False, "strip_right": True},
    {"type": "Strip", "strip_left": True, "strip_right": False},
    {"type": "Prepend", "prepend": "▁x"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    {"type": "Replace", "pattern": {"String": "é"}, "content": ""},
    {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
    {"type": "Replace", "pattern": {"Regex": r"[\p{L}\p{M}]{2}"}, "content": "😀z"},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]},
    {
        "type": "Sequence",
        "normalizers": [
            {"type": "Nmt"},
            {"type": "NFKC"},
            {"type": "Strip", "strip_left": True, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Lowercase"},
        ],
    },
]

BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


EXPRESSIONS = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r" ?[^(\s|[.,!?…。，、।۔،])]+",
    r"[一-龥぀-ゟ゠-ヿ]+",
    r"(?i)[a-c]+|X",
    r"(?>a+|ab)b?",
    r"\bx|\Bb",
    r"^a|b$|\A |\n\z",
    r"(?<=a) | (?=b)",
    r"(?<!a) b",
    r"[[:punct:]&&[^!]]|[[:space:]]+",
    r"\p{^L}+?\p{Latin}",
    r"\P{L}{2,4}",
    r"\h{2,}|\w+",
    r"[a-z&&[^aeiou]]+|[]x]",
    r".+",
    r"(?m).+",
    r"x*",
    r"(a|b)+?\s",
    r"\d\d?|[\d-]",
    r"\p{Han}|\p{Hiragana}+|\p{Thai}",
    r"\x{1F600}|\u00e9|\t| \n",
    r"[\u4e00-\u9fa5\x21-\x2f]",
    r"\R| ",
    r"\w++\w|\s++ |[^\w\s]",
    r"o?+o|l{1,2}+l|[a-z]{2}",
]

PRE_TOKENIZERS = [
    *[{"type": name} for name in ["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]],
    *[{"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS],
    {"type": "Digits", "individual_digits": True},
    {"type": "Digits", "individual_digits": False},
    *[
        {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}
        for prefix in (True, False)
        for regex in (True, False)
    ],
    *[
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": cut}
        for scheme in ("always", "first", "never")
        for cut in (True, False)
    ],
    {"type": "CharDelimiterSplit", "delimiter": "a"},
    {"type": "FixedLength", "length": 3},
    *[split({"String": "a "}, behavior, invert) for behavior in BEHAVIORS for invert in (False, True)],
    *[split({"Regex": r"\s|\p{P}"}, behavior, invert) for behavior in BEHAVIORS for invert in (False, True)],
    split({"String": ""}),
    {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
        ],
    },
    {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "Punctuation", "behavior": "Contiguous"},
            {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        ],
    },
    *[split({"Regex": expression}) for expression in EXPRESSIONS],
]



def numbered(pieces):
    return {piece: index for index, piece in enumerate(pieces)}


def bpe(pieces, merges, **options):
    return {"type": "BPE", "vocab": numbered(pieces), "merges": merges, **options}


# An unknown character scores 10 less than the least piece: "wx" is better whole (−30 against −30.05), "vx" with x unknown.
UNIGRAM = [
    ["<unk>", 0.0], ["wx", -30.0], ["vx", -30.0], ["w", 9.95], ["v", 10.05], ["y", -1.0], ["z", -1.0], ["q", -1.0], ["é", -2.0],
    ["yy", -2.0], ["ww", -1.5], ["zz", -5.0], ["zz", -1.0], ["uv", -3.0], ["<0x75>", -4.0], ["😀w", -0.5],
]
LETTERS = ["<unk>", "a", "b", "c", "ab", "bc", "abc", "aa", "aaa", "é", "bé", "😀"]
MERGES = [["b", "c"], ["a", "b"], ["a", "bc"], ["ab", "c"], ["a", "a"], ["aa", "a"], ["b", "é"]]

MODELS = [
    {"type": "Unigram", "vocab": UNIGRAM, "unk_id": 0, "byte_fallback": False},
    {"type": "Unigram", "vocab": UNIGRAM, "unk_id": 0, "byte_fallback": True},
    bpe(LETTERS, MERGES, unk_token="<unk>"),
    bpe(LETTERS, MERGES, unk_token="<unk>", fuse_unk=True),
    bpe(LETTERS, MERGES, unk_token="<unk>", ignore_merges=True),
    bpe(LETTERS, [*MERGES, ["b", "c"]]),
    bpe(LETTERS, [" ".join(merge) for merge in reversed(MERGES)], unk_token="<unk>"),
    bpe([*LETTERS, "<0xF0>", "<0x9F>", "<0x98>", "<0x81>"], MERGES, unk_token="<unk>", byte_fallback=True),
    bpe(["a", "b", "c</w>", "b</w>", "ab</w>", "a</w>", "bc</w>"], [["b", "c</w>"], ["a", "b</w>"]], end_of_word_suffix="</w>"),
    bpe(["a", "##b", "##c", "##a", "ab", "##bc", "abc"], [["##b", "##c"], ["a", "##b"], ["ab", "##c"]], continuing_subword_prefix="##"),
    {"type": "WordLevel", "vocab": {"ab": 3, "<unk>": 7, "é": 1}, "unk_token": "<unk>"},
    {
        "type": "WordPiece",
        "vocab": {"?": 0, "a": 1, "ab": 2, "@b": 3, "@bc": 4, "@c": 5, "é": 6, "@😀": 7, "@a": 8},
        "unk_token": "?",
        "continuing_subword_prefix": "@",
        "max_input_chars_per_word": 6,
    },
]

WORDS = [
    "wx", "vx", "wxvx", "wxyz", "x", "xx", "wxx", "é", "éxé", "yyyy", "yyy", "wwwzz", "uv", "u", "uuv", "😀", "😀w", "x😀w",
    "abc", "aabc", "aaaa", "aaaaa", "abcabc", "bcbé", "a😀b", "ab", "abca", "axb", "axxb", "xxaxx", "é😀é", "😀😁b", "aé", "aaaaaa",
    "aaaaaaa", "bé", "c", "cab", "ababab", "a ü b",
]

# These expressions take every character, so that each becomes a token and shows its range.
EACH_CHARACTER = split({"Regex": "(?m)."})


def tokenizer_with(normalizer):
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    parts = {**json.loads(tokenizer.to_str()), "normalizer": normalizer, "pre_tokenizer": EACH_CHARACTER}
    return Tokenizer.from_str(json.dumps(parts))


def pre_tokenizer(options):
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    return Tokenizer.from_str(json.dumps({**json.loads(tokenizer.to_str()), "pre_tokenizer": options})).pre_tokenizer


def hashes(normalizer):
    """One hash over what becomes of each character of the basic plane."""
    digest = hashlib.sha256()
    for code in range(0x10000):
        if not 0xD800 <= code < 0xE000:
            digest.update(normalizer.normalize_str(chr(code)).encode() + b"\n")
    return digest.hexdigest()


def component_golden(hard, utf16, readable):
    chance = random.Random(11)
    result = {"normalizers": [], "preTokenizers": [], "models": []}

    def converted(text, offsets):
        units = utf16(text)
        return [number for start, end in offsets for number in (units[start], units[end])]

    for options in NORMALIZERS:
        tokenizer = tokenizer_with(options)
        cases = []
        for index in sorted(chance.sample(range(len(hard)), 150)):
            text = readable(hard[index])
            encoding = tokenizer.encode(text)
            cases.append([index, tokenizer.normalizer.normalize_str(text), converted(text, encoding.offsets)])
        whole = hashes(tokenizer.normalizer) if options["type"] not in ("Lowercase", "Sequence", "Replace") else None
        result["normalizers"].append({"options": options, "cases": cases, "plane": whole})
    for options in PRE_TOKENIZERS:
        splitter = pre_tokenizer(options)
        cases = []
        for index in sorted(chance.sample(range(len(hard)), 150)):
            text = readable(hard[index])
            words = splitter.pre_tokenize_str(text)
            cases.append([index, [word for word, _ in words], converted(text, [offsets for _, offsets in words])])
        result["preTokenizers"].append({"options": options, "cases": cases})
    for options in MODELS:
        tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": options}))
        cases = []
        for word in WORDS:
            encoding = tokenizer.encode(word)
            cases.append([word, encoding.ids, converted(word, encoding.offsets)])
        result["models"].append({"options": options, "cases": cases})
    return result
