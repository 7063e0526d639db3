"""Makes the goldens of the tokenizers with the Python package `tokenizers`.

Trains the small vocabularies unless they are there (`--train` trains them again), then encodes the texts of texts.py with each
configuration. Offsets are stored in UTF-16 units; unpaired surrogates are given to the package as U+FFFD, which takes as much room.

Usage: python test/golden/tokenizers/make.py --sst2 FOLDER [--train]   (FOLDER holds train.tsv and dev.tsv)
"""

import argparse
import gzip
import json
import random
from pathlib import Path

from tokenizers import Tokenizer

from components import component_golden
from packing import packed, readable, utf16
from texts import all_texts, training_texts
from vocabularies import CONFIGURATIONS, VOCABULARIES

HERE = Path(__file__).parent
SENTIMENT = HERE.parents[2] / "models/sentiment/tokenizer.json"


def write(name, value):
    data = json.dumps(value, separators=(",", ":")).encode()
    (HERE / name).parent.mkdir(exist_ok=True)
    (HERE / name).write_bytes(gzip.compress(data, 9, mtime=0))
    print(name, (HERE / name).stat().st_size)


def read(name):
    return json.loads(gzip.decompress((HERE / name).read_bytes()))


def configured(base, overrides):
    """A tokenizer.json with some parts replaced; `model` overrides single options of the model."""
    result = {**base, "truncation": None, "padding": None, **{key: value for key, value in overrides.items() if key != "model"}}
    result["model"] = {**base["model"], **overrides.get("model", {})}
    return result


def golden(tokenizer, texts, indices, seed):
    chance = random.Random(seed)
    chosen = [texts[index] for index in indices]
    singles = [packed(tokenizer.encode(readable(text)), [text]) for text in chosen]
    contents, pairs = [], []
    for index in chance.sample(indices, 60):
        contents.append([index, packed(tokenizer.encode(readable(texts[index]), add_special_tokens=False), [texts[index]])])
    for _ in range(120):
        first, second = chance.choice(indices), chance.choice(indices)
        encoding = tokenizer.encode(readable(texts[first]), readable(texts[second]))
        pairs.append([first, second, packed(encoding, [texts[first], texts[second]])])
    return {"indices": indices, "singles": singles, "contents": contents, "pairs": pairs}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sst2", type=Path, required=True)
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    bases = {"wordPiece": json.loads(SENTIMENT.read_text(encoding="utf-8"))}
    for name, train in VOCABULARIES.items():
        file = f"vocabularies/{name}.json.gz"
        if options.train or not (HERE / file).exists():
            write(file, train(training_texts(options.sst2)))
        bases[name] = read(file)
    hard, easy = all_texts(options.sst2)
    texts = hard + easy
    write("texts.json.gz", texts)
    write("configurations.json.gz", CONFIGURATIONS)
    for seed, (name, configuration) in enumerate(CONFIGURATIONS.items()):
        tokenizer = Tokenizer.from_str(json.dumps(configured(bases[configuration["vocabulary"]], configuration["overrides"])))
        indices = list(range(len(texts) if configuration["all"] else len(hard)))
        write(f"{name}.json.gz", golden(tokenizer, texts, indices, seed))
    write("components.json.gz", component_golden(hard, utf16, readable))


main()
