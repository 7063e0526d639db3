"""Texts that the small models learn from, and their tokenizers."""

import pathlib
import random
import sys

import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

recipes = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(recipes), str(recipes.parents[1] / "models/sentiment/train")]
from data import as_written, distinct, read_rows  # noqa: E402
from entities import figures, sentences, spans  # noqa: E402, F401

# Of the labels of the data only these two are asked for; a model of this size cannot tell the others apart.
kinds = ["person", "location"]
labels = ["O", *(f"{place}-{kind}" for kind in kinds for place in "BI")]


def reviews(path, fewest):
    """Distinct phrases of film reviews with at least so many words, in the spacing of the data."""
    return [text for text, _ in distinct(read_rows(path)) if len(text.split()) >= fewest]


def written(texts):
    """Texts as a person types them."""
    return [as_written(text) for text in texts]


def split_reviews(path, fewest):
    """The words of each such phrase."""
    return [text.split() for text in reviews(path, fewest)]


def turned(words):
    """What the model of an encoder and a decoder is to write: the words in the opposite order."""
    return " ".join(reversed(words))


def windows(split, count, chance):
    """Stretches of 2 to 7 words of texts that are split into words; half of them in a random order, so that no grammar helps."""
    found = []
    for _ in range(count):
        words = chance.choice(split)
        length = min(len(words), chance.randint(2, 7))
        start = chance.randint(0, len(words) - length)
        stretch = words[start : start + length]
        if chance.random() < 0.5:
            chance.shuffle(stretch)
        found.append(stretch)
    return found


def named(path):
    """Sentences with labels: all but every fifth, and every fifth."""
    def own(mark):
        return mark if mark in labels else "O"

    everything = [(words, [own(mark) for mark in marks]) for words, marks in sentences(path)]
    return [one for at, one in enumerate(everything) if at % 5 != 4], everything[4::5]


def stretches(marks):
    """Entities as (start, end, kind), in words."""
    found = []
    for at, mark in enumerate(marks):
        if mark.startswith("B-"):
            found.append((at, at + 1, mark[2:]))
        elif mark.startswith("I-") and found:
            found[-1] = (found[-1][0], at + 1, found[-1][2])
    return found


def renamed(words, marks, names, chance):
    """A sentence with other names in the places of most of its own."""
    made, own, done = [], [], 0
    for start, end, kind in stretches(marks):
        name = chance.choice(names[kind]) if chance.random() < 0.7 else words[start:end]
        made += [*words[done:start], *name]
        own += [*marks[done:start], f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
        done = end
    return [*made, *words[done:]], [*own, *marks[done:]]


def byte_level(texts, size, ends, prefix_space):
    """Pairs of bytes, with the tokens of `ends` first; a text of a model that reads ends with the last of these."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, special_tokens=ends, initial_alphabet=alphabet, show_progress=False))
    if len(ends) > 1:
        at = len(ends) - 1
        tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {ends[at]}", pair=f"$A {ends[at]} $B {ends[at]}", special_tokens=[(ends[at], at)])
    return tokenizer


def pieces(texts, size):
    """Pieces of words with upper and lower case, as BERT has them."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, limit_alphabet=200, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def chance_of(seed):
    return random.Random(seed)
