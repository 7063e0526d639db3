"""Accuracy of saved torch models on SST-2 dev, the figures that the accuracy through the product is compared with.

Given fp32/ and final/ (the dequantised int8 values) it prints both; with --logits it also writes every row's logits.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

from data import read_rows


def feeds_of(ids: list[list[int]]) -> dict[str, np.ndarray]:
    """The three inputs of a batch, padded on the right."""
    longest = max(len(row) for row in ids)
    tokens = np.zeros((len(ids), longest), dtype=np.int64)
    mask = np.zeros_like(tokens)
    for number, row in enumerate(ids):
        tokens[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}


@torch.no_grad()
def torch_logits(model: BertForSequenceClassification, feeds: dict[str, np.ndarray]) -> np.ndarray:
    return model(**{name: torch.from_numpy(value) for name, value in feeds.items()}).logits.numpy()


def encoded(tokenizer: Path, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in Tokenizer.from_file(str(tokenizer)).encode_batch(texts)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, nargs="+", required=True, help="folders written by export.py")
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--logits", type=Path, help="file for the logits, JSON by model")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = read_rows(options.dev)
    labels = np.array([label for _, label in rows])
    kept = {}
    for folder in options.models:
        model = BertForSequenceClassification.from_pretrained(folder).eval()
        ids = encoded(folder / "tokenizer.json", [text for text, _ in rows])
        logits = np.concatenate([torch_logits(model, feeds_of([row])) for row in ids])
        correct = int((logits.argmax(-1) == labels).sum())
        kept[folder.name] = logits.round(6).tolist()
        print(json.dumps({"model": folder.name, "correct": correct, "of": len(labels), "accuracy": round(correct / len(labels), 5)}))
    if options.logits:
        options.logits.write_text(json.dumps(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
