"""Makes expressions.json.gz: what Oniguruma finds with 500 generated expressions, 300 more in which only the next character decides, and
those of well-known tokenizers, as the Python package `tokenizers` uses it.

Each expression is tried in a process of its own that is ended when it takes too long. For each text the golden has the matches that
are not empty (pairs of UTF-16 offsets) and the text with each match, empty ones too, replaced by a mark.

Usage: python test/golden/tokenizers/expressions.py
"""

import gzip
import json
import multiprocessing
import random
from pathlib import Path

from texts import PIECES, SENTENCES
from tokenizers import Regex
from tokenizers.normalizers import Replace
from tokenizers.pre_tokenizers import Split

COUNT = 500
PLAIN_COUNT = 300
TEXTS = 8
SECONDS = 10
MARK = "⟦⟧"
CHARACTERS = ["a", "a", "a", "b", "b", "c", "A", "B", "1", "2", " ", "\n", "é", "É", "中", "😀", "e\u0301", "_", "ſ", "K", "-", "\r\n", "²", "ж"]
FIXED = ["", "aaab", "aAbB ab\nab", "abcabc aab1"]

SETS = [
    ".", r"\w", r"\W", r"\d", r"\s", r"\S", r"\p{L}", r"\P{L}", r"\p{Lu}", r"\p{^Ll}", r"\p{N}", r"\h", "[ab]", "[^a]", "[a-c]", "[a-c1-3]",
    "[a-z&&[^b]]", r"[^\s\p{L}]", "[[:alpha:]]", "[[:^alnum:]]", r"[\w&&[^a]]", "[^ab\n]", r"[\p{L}\p{M}]", "[a[bc]]", "[A-Bé]", r"[\d-]", "[]a]",
    r"[^\W_]", "[[:punct:]b]", r"\N", r"\O",
]
LITERALS = ["a", "a", "a", "b", "b", "c", "A", "1", " ", "é", "中", "😀", "ab", "ba", "aa", r"\n", "k", "s", r"\x{e9}", r"\u4e2d", r"\-"]
ANCHORS = ["^", "$", r"\b", r"\B", r"\A", r"\z", r"\Z", r"\G"]
QUANTIFIERS = [
    "*", "+", "?", "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{0,2}", "{2,}", "{,2}", "{1,3}?", "{2,}?", "{2}?", "{1,2}+", "{3}+",
    "*?+", "+*", "{2}{2}", "{1,2}{1,2}", "{0}", "?{2}",
]
PLAIN_QUANTIFIERS = ["*", "+", "?", "*", "+", "?", "*?", "+?", "??", "++", "?+"]
COUNTED_QUANTIFIERS = ["{2}", "{1,2}", "{0,2}", "{2,}", "{,2}", "{1,3}?", "{2,}?"]

WELL_KNOWN = {
    "GPT-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "GPT-4": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "GPT-4o": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "Llama-3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "Qwen2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "DeepSeek-V3": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "DeepSeek-V3, ideographs": r"[一-龥぀-ゟ゠-ヿ]+",
}
VARIED = [
    *SENTENCES,
    "\n\n".join(SENTENCES),
    "I'm We've they'LL it'S don'T I'D you'Re 's'S'ſ 'LL' l'l ''s rock'n'roll",
    "a  b   c \t d\n\n\n e \r\n f\r\n\r\n   \n  g   ",
    "if (x != 10) {\r\n\treturn foo_bar[3] /* c */ ** 2;\r\n}\r\n\r\n// https://a.b/c?d=e&f#g  \n",
    "1 12 123 1234 12345 1234567890 1,234.56 ١٢٣٤ २०२४ ½ Ⅷ x²",
    "السَّلَامُ عَلَيْكُمْ كَيْفَ حَالُكُم؟",
    "👩‍👩‍👧‍👦 👍🏽 ❤️ 🇩🇪 😀😁a1️⃣ ok👍.",
    "HTTPServer iPhone McDonald ÉCOLE école ǅ aʰ XMLHttpRequest's O'Neill",
    "中文English混排123，。！？「引号」ひらがなカタカナ漢字ー。",
]


class Writer:
    """Writes one expression."""

    def __init__(self, chance):
        self.chance = chance
        self.groups = 0
        self.named = chance.random() < 0.15

    def pick(self, choices):
        return self.chance.choice(choices)

    def alternatives(self, depth):
        count = self.pick([1, 1, 1, 2, 2, 3]) if depth > 0 else 1
        return "|".join(self.sequence(depth) for _ in range(count))

    def sequence(self, depth):
        if self.chance.random() < 0.05:
            return ""
        parts = [self.quantified(depth) for _ in range(self.pick([1, 1, 2, 2, 3]))]
        if self.chance.random() < 0.04:
            parts.insert(self.chance.randrange(len(parts)), self.pick(["(?i)", "(?-i)", "(?m)"]))
        return "".join(parts)

    def quantified(self, depth):
        kind = self.chance.random()
        if kind < 0.07:
            return self.pick(ANCHORS)
        if kind < 0.17 and depth > 0:
            return f"(?{self.pick(['=', '!'])}{self.alternatives(depth - 1)})"
        if kind < 0.25 and depth > 0:
            return self.behind(depth)
        atom = self.atom(depth)
        return atom + self.pick(QUANTIFIERS) if self.chance.random() < 0.5 else atom

    def behind(self, depth):
        kind = self.pick(["=", "!"])
        if self.chance.random() < 0.3:
            return f"(?<{kind}{self.alternatives(depth - 1)})"
        parts = [self.pick(SETS + LITERALS) + self.pick(["", "", "?", "{2}"]) for _ in range(self.pick([1, 1, 2]))]
        return f"(?<{kind}{self.pick(['|', ''])[:1].join(parts)})"

    def atom(self, depth):
        kind = self.chance.random()
        if depth == 0 or kind < 0.35:
            return self.pick(LITERALS)
        if kind < 0.6:
            return self.pick(SETS)
        if kind < 0.66 and self.groups > 0:
            number = self.chance.randint(1, self.groups)
            return rf"\k<g{number}>" if self.named else self.pick([rf"\{number}", rf"\k<{number}>"])
        if kind < 0.7:
            return r"\R"
        return self.group(depth)

    def group(self, depth):
        opening = self.pick(["(?:", "(?:", "(", "(", "(?>", "(?i:", "(?m:"])
        inside = self.alternatives(depth - 1)
        if opening == "(":
            self.groups += 1
            opening = f"(?<g{self.groups}>" if self.named else "("
        return f"{opening}{inside})"


class PlainWriter(Writer):
    """Writes expressions without anchors, references, look-behinds and atomic groups."""

    def quantified(self, depth):
        kind = self.chance.random()
        if kind < 0.08:
            return f"(?{self.pick(['=', '!'])}{self.pick(SETS)})"
        if depth > 0 and kind < 0.4:
            group = f"{self.pick(['(?:', '(?:', '(', '(?i:'])}{self.alternatives(depth - 1)})"
            return group + self.pick(["", "", *PLAIN_QUANTIFIERS[:9]])
        atom = self.pick(SETS + [letter for letter in LITERALS if len(letter) == 1])
        return atom + self.pick(["", "", "", *PLAIN_QUANTIFIERS, *COUNTED_QUANTIFIERS])


def answer(expression, texts, connection):
    try:
        regex = Regex(expression)
    except Exception:
        connection.send({"refused": True})
        return
    split = Split(regex, "removed", invert=True)
    replace = Replace(regex, MARK)
    found = []
    for text in texts:
        units = [0]
        for character in text:
            units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
        try:
            ranges = [[units[start], units[end]] for _, (start, end) in split.pre_tokenize_str(text)]
            found.append([ranges, replace.normalize_str(text)])
        except BaseException:
            # Oniguruma has given up: it tries no more than some ten million times.
            found.append(None)
    connection.send({"found": found})


def asked(expression, texts):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=answer, args=(expression, texts, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(SECONDS) else {"hung": True}
    except EOFError:
        return {"hung": True}
    finally:
        process.kill()
        process.join()


def generated(writer, chance, count, longest):
    cases, seen = [], set()
    while len(cases) < count:
        expression = writer(chance).alternatives(3)
        texts = FIXED + ["".join(chance.choice(CHARACTERS) for _ in range(chance.randint(1, longest))) for _ in range(TEXTS - len(FIXED))]
        if expression in seen or not 3 <= len(expression) <= 80:
            continue
        seen.add(expression)
        cases.append({"expression": expression, "texts": texts, **asked(expression, texts)})
    return cases


def main():
    cases = generated(Writer, random.Random(29), COUNT, 12)
    plain = generated(PlainWriter, random.Random(31), PLAIN_COUNT, 30)
    varied = VARIED + [piece for piece in PIECES if not any(0xD800 <= ord(character) < 0xE000 for character in piece)]
    known = [
        {"name": name, "expression": expression, "texts": varied, **asked(expression, varied)}
        for name, expression in WELL_KNOWN.items()
    ]
    data = json.dumps({"mark": MARK, "cases": cases, "plain": plain, "wellKnown": known}, ensure_ascii=False, separators=(",", ":")).encode()
    file = Path(__file__).parent / "expressions.json.gz"
    file.write_bytes(gzip.compress(data, 9, mtime=0))
    kinds = {name: sum(name in case for case in cases + plain) for name in ("found", "refused", "hung")}
    print(file.name, file.stat().st_size, kinds)


if __name__ == "__main__":
    main()
