"""Writes src/text/unicodeTables.ts: which characters the Python package takes for marks, punctuation and so on.

The package and its libraries carry tables of several Unicode versions, JavaScript engines carry others. Asking the package
about each code point makes ids and ranges the same everywhere. Needs `node` on the PATH for the newest decompositions.

Usage: python test/golden/tokenizers/unicode.py
"""

import json
import subprocess
import unicodedata
from pathlib import Path

from tokenizers import normalizers, pre_tokenizers

OUTPUT = Path(__file__).parents[3] / "src/text/unicodeTables.ts"
CODE_POINTS = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def base36(number):
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if number == 0:
            return digits


def ranges(codes, value=lambda code: 1):
    """Runs of neighbours with one value, as (start, end exclusive, value)."""
    runs = []
    for code in codes:
        if runs and runs[-1][1] == code and runs[-1][2] == value(code):
            runs[-1][1] = code + 1
        else:
            runs.append([code, code + 1, value(code)])
    return runs


def packed(codes):
    """`gap length` pairs in base 36."""
    words, last = [], 0
    for start, end, _ in ranges(codes):
        words += [base36(start - last), base36(end - start)]
        last = end
    return " ".join(words)


def packed_values(codes, value):
    words, last = [], 0
    for start, end, number in ranges(codes, value):
        words += [base36(start - last), base36(end - start), base36(number)]
        last = end
    return " ".join(words)


def chosen(test):
    return [code for code in CODE_POINTS if test(chr(code))]


accents = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
clean = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
punctuation = pre_tokenizers.Punctuation("isolated")
strip_accents = normalizers.StripAccents()
nfd, nfkd = normalizers.NFD(), normalizers.NFKD()

# Marks of combining class 240 sort after every other class, so a known class shows as a change of order.
ACCENT_LAST = "\u0345"
combining = chosen(
    lambda c: c == ACCENT_LAST or (unicodedata.combining(c) and nfd.normalize_str("a" + ACCENT_LAST + c) != "a" + ACCENT_LAST + c)
)
newest = json.loads(
    subprocess.run(
        [
            "node",
            "-e",
            "const r=[];for(let c=0;c<0x110000;c++){if(c<0xd800||c>0xdfff){const s=String.fromCodePoint(c);"
            "if(s.normalize('NFKD')!==s)r.push(c)}}console.log(JSON.stringify(r))",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
)

tables = {
    "nonSpacingMarks": (
        "General category Mn, as the BERT normaliser sees it.",
        packed(chosen(lambda c: accents.normalize_str("a" + c) == "a")),
    ),
    "marks": ("General category M, as the StripAccents normaliser sees it.", packed(chosen(lambda c: strip_accents.normalize_str("a" + c) == "a"))),
    "controls": ("What the BERT normaliser removes when it cleans a text.", packed(chosen(lambda c: clean.normalize_str("a" + c + "b") == "ab"))),
    "punctuation": (
        "ASCII punctuation and general category P.",
        packed(chosen(lambda c: len(punctuation.pre_tokenize_str("a" + c + "b")) == 3)),
    ),
    "undecomposed": (
        "Characters with a newer decomposition, which the package leaves as they are.",
        packed([code for code in newest if nfkd.normalize_str(chr(code)) == chr(code)]),
    ),
}
lines = ["// Written by test/golden/tokenizers/unicode.py; do not edit.", "// Each table is a list of `gap length` pairs in base 36.", ""]
for name, (what, text) in tables.items():
    lines += [f"/** {what} */", f'export const {name} =\n  "{text}";', ""]
lines += [
    "/** Canonical combining classes other than 0, as `gap length class` triples. */",
    f'export const combiningClasses =\n  "{packed_values(combining, lambda code: unicodedata.combining(chr(code)))}";',
    "",
]
OUTPUT.write_text("\n".join(lines), encoding="utf-8")
print({name: len(text) for name, (_, text) in tables.items()})
