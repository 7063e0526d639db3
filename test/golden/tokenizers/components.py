"""Goldens of single normalisers and pre-tokenisers."""

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
    result = {"normalizers": [], "preTokenizers": []}

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
    return result
