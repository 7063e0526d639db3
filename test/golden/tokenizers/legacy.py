"""Makes the goldens of tokenizers that have no tokenizer.json, only the older files, with the Python package `transformers`.

Trains tiny vocabularies, writes the old files of each family into a folder of their own, has AutoTokenizer read that folder, and encodes more than 2,000
hard texts. A golden holds the files, and for each text a digest of ids and UTF-16 ranges (in full for the first forty). Training does not
come out the same on every run, so a golden goes with its own files.

Usage: python test/golden/tokenizers/legacy.py --sst2 FOLDER [--only NAME] [--keep FOLDER]   (FOLDER holds train.tsv and dev.tsv)
"""

import argparse
import base64
import gzip
import hashlib
import json
import os
import random
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from transformers import AutoTokenizer  # noqa: E402

from legacy_families import FAMILIES, vocabularies  # noqa: E402
from packing import packed, readable, utf16  # noqa: E402
from texts import PIECES, SENTENCES, hard_texts, lines_of  # noqa: E402

HERE = Path(__file__).parent / "legacy"
IN_FULL = 40

SNIPPETS = [
    "for (let i = 0; i < n; i++) {\n\tsum += xs[i] ?? 0;\n}",
    "def f(x: int) -> str:\n    return f\"{x!r:>10}\"  # comment\n",
    "SELECT name, COUNT(*) FROM users WHERE id <> 'x''y' GROUP BY 1;",
    '{"a": [1, 2.5e-3, null, true], "b\\u00e9": {"c": "d\\n"}}',
    "[[], {}, [{\"k\": \"\\ud83d\\ude00\"}]]",
    "<div class=\"a b\">&amp;&nbsp;<br/></div><!-- c -->",
    "#include <stdio.h>\nint main(void) { printf(\"%d\\n\", 1<<3); }",
    "x = ``quoted'' and ''other``; `code`",
    "$ git commit -m 'Fix: it''s done' && rm -rf ./build/*",
    "https://example.org/a%20b?q=ü&r=1#frag",
    "C:\\Users\\me\\file.txt; /usr/local/lib/python3.11/",
    "E = mc² ⇒ ∀x∈ℝ: x² ≥ 0; a≠b; ½ + ¼ = ¾",
    ">>fra<< >>de<< << >> the end",
    "__init__ snake_case camelCase PascalCase kebab-case SCREAMING_CASE",
]


def legacy_texts(sst2):
    """The hard texts of the other goldens, and as many again: code, JSON, long words, control characters, and sentences with all of these in them."""
    chance = random.Random(15)
    lines = [line.strip() for line in lines_of(sst2 / "dev.tsv")]
    texts = hard_texts() + SNIPPETS
    while len(texts) < 2060:
        kind = chance.randrange(6)
        line = chance.choice(lines + SENTENCES)
        place = chance.randrange(len(line) + 1)
        if kind == 0:
            text = line[:place] + chance.choice(PIECES) + line[place:]
        elif kind == 1:
            text = chance.choice(SNIPPETS) + chance.choice(["\n", " ", "", "\t"]) + chance.choice(SENTENCES + SNIPPETS)
        elif kind == 2:
            text = "".join(chance.choice(PIECES) + chance.choice(["", " "]) for _ in range(chance.randint(2, 9)))
        elif kind == 3:
            text = "".join(chr(chance.choice([chance.randrange(0x250), chance.randrange(0x3000), chance.randrange(0xD800), chance.randrange(0x1F300, 0x1FA00)])) for _ in range(chance.randint(1, 25)))
        elif kind == 4:
            text = line.replace(" ", "")[: chance.randint(20, 90)] + " " + chance.choice(PIECES)
        else:
            text = json.dumps({line[:8]: [line[place:], place]}, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 2]))
        texts.append(text[:400])
    return list(dict.fromkeys(texts))


def digest(value):
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()[:6]


def encoder(tokenizer):
    """How one or two texts are encoded; ids are checked against what the class itself gives."""

    def encode(*texts):
        given = [readable(text) for text in texts]
        encoding = tokenizer._tokenizer.encode(*given)
        assert tokenizer(*given)["input_ids"] == encoding.ids
        return packed(encoding, texts)

    return encode


def slow_encoder(tokenizer):
    """How texts are encoded by Marian's class, which has no ranges: those are taken from the offsets of sentencepiece's normaliser."""

    def spans(text):
        """Ids and ranges of a text without the end token."""
        place = 0
        for section in tokenizer.tokens_trie.split(text):
            if section in tokenizer.added_tokens_encoder:
                yield tokenizer.added_tokens_encoder[section], place, place + len(section)
            else:
                code, rest = tokenizer.remove_language_code(section)
                for each in code:
                    yield tokenizer.convert_tokens_to_ids(each), place, place + len(each)
                start = place + len(section) - len(rest)
                normalized, offsets = tokenizer.spm_source.normalize(rest, with_offsets=True)
                done = 0
                for piece in tokenizer.spm_source.encode(rest, out_type=str):
                    assert normalized[done : done + len(piece)] == piece
                    last = offsets[done + len(piece) - 1]
                    yield tokenizer.convert_tokens_to_ids(piece), start + offsets[done], start + min(each for each in offsets if each > last or each == offsets[-1])
                    done += len(piece)
            place += len(section)

    def encode(*texts):
        ids, ranges = [], []
        for text in texts:
            offsets, end = utf16(text), 0
            for token, start, stop in spans(readable(text)):
                ids.append(token)
                ranges += [offsets[start] - end, offsets[stop] - offsets[start]]
                end = offsets[stop]
        ids.append(tokenizer.eos_token_id)
        assert tokenizer(*(readable(text) for text in texts))["input_ids"] == ids
        return [ids, ranges, [len(ids) - 1], 0]

    return encode


def golden(encode, texts, seed):
    chance = random.Random(seed)
    singles = [encode(text) for text in texts]
    pairs = [[chance.randrange(len(texts)), chance.randrange(len(texts))] for _ in range(60)]
    return {
        "first": singles[:IN_FULL],
        "digests": "".join(digest(each) for each in singles),
        "pairs": [[*pair, encode(*(texts[index] for index in pair))] for pair in pairs],
    }


def stored(folder):
    """The files of a folder: text as it is, anything else in base64."""
    files = {}
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        files[path.name] = {"base64": base64.b64encode(data).decode()} if path.suffix in (".model", ".spm") else data.decode()
    return files


def write(name, value):
    HERE.mkdir(exist_ok=True)
    data = json.dumps(value, separators=(",", ":")).encode()
    (HERE / name).write_bytes(gzip.compress(data, 9, mtime=0))
    print(name, (HERE / name).stat().st_size, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sst2", type=Path, required=True)
    parser.add_argument("--only")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    texts = legacy_texts(options.sst2)
    write("texts.json.gz", texts)
    with tempfile.TemporaryDirectory() as place:
        trained = vocabularies(options.sst2, Path(place))
        for seed, (name, family) in enumerate(FAMILIES.items()):
            if options.only not in (None, name):
                continue
            folder = (options.keep or Path(place)) / name
            folder.mkdir(parents=True, exist_ok=True)
            for file, content in family(trained).items():
                data = content if isinstance(content, (bytes, str)) else json.dumps(content, ensure_ascii=False)
                (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
            tokenizer = AutoTokenizer.from_pretrained(folder)
            encode = encoder(tokenizer) if tokenizer.is_fast else slow_encoder(tokenizer)
            if options.keep and tokenizer.is_fast:
                (options.keep / f"{name}.expected.json").write_text(tokenizer._tokenizer.to_str())
            write(f"{name}.json.gz", {"class": type(tokenizer).__name__, "files": stored(folder), **golden(encode, texts, seed)})


main()
