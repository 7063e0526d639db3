"""Reads SST-2 files and prepares their rows for training."""

import csv
import re
from pathlib import Path

LABELS = {0: "negative", 1: "positive"}


def read_rows(path: Path) -> list[tuple[str, int]]:
    """Rows (text, label) of a tab-separated file with the header `sentence`, `label`."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(reader)
        if header != ["sentence", "label"]:
            raise ValueError(f"{path}: the header is {header}, expected sentence and label")
        return [(text.strip(), int(label)) for text, label in reader]


def distinct(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The rows without repetitions; a text that occurs with both labels is dropped."""
    labels: dict[str, set[int]] = {}
    for text, label in rows:
        labels.setdefault(text, set()).add(label)
    return [(text, next(iter(found))) for text, found in labels.items() if len(found) == 1]


_SPACED = [
    (re.compile(r"\b(\w+) n't\b"), r"\1n't"),
    (re.compile(r" ('(?:s|m|d|re|ve|ll))\b"), r"\1"),
    (re.compile(r"\bcan not\b"), "cannot"),
    (re.compile(r"-lrb- ?"), "("),
    (re.compile(r" ?-rrb-"), ")"),
    (re.compile(r"`` ?"), '"'),
    (re.compile(r" ?''"), '"'),
    (re.compile(r" ([,.;:?!])"), r"\1"),
]


def as_written(text: str) -> str:
    """The text as a person would type it: SST-2 has its words, marks and contractions set apart by spaces."""
    for pattern, replacement in _SPACED:
        text = pattern.sub(replacement, text)
    return text
