"""Measures where the model errs on SST-2 dev: as written by people, by length, with masks, and its most certain mistakes."""

import argparse
import random
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from data import LABELS, as_written, read_rows
from reference import feeds_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the model folder")
    parser.add_argument("--dev", type=Path, required=True)
    options = parser.parse_args()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(str(options.folder / "onnx" / "model.onnx"), settings, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(options.folder / "tokenizer.json"))
    rows = read_rows(options.dev)
    texts = [text for text, _ in rows]
    labels = np.array([label for _, label in rows])

    def positive(ids: list[list[int]]) -> np.ndarray:
        logits = np.concatenate([session.run(None, feeds_of(ids[start : start + 16]))[0] for start in range(0, len(ids), 16)])
        return 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))

    def report(name: str, right: np.ndarray) -> None:
        print(f"{name}: {100 * right.mean():.1f} % of {len(right)}")

    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    found = positive(ids)
    right = (found > 0.5) == (labels == 1)
    report("as in the file", right)
    for label, name in LABELS.items():
        report(f"labelled {name}", right[labels == label])
    written = [encoding.ids for encoding in tokenizer.encode_batch([as_written(text) for text in texts])]
    report("as people write", (positive(written) > 0.5) == (labels == 1))
    lengths = np.array([len(row) - 2 for row in ids])
    for low, high in ((1, 10), (11, 20), (21, 30), (31, 99)):
        report(f"{low} to {high} tokens", right[(lengths >= low) & (lengths <= high)])
    certainty = np.maximum(found, 1 - found)
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.01)):
        report(f"certainty {100 * low:.0f} to {100 * min(high, 1):.0f} %", right[(certainty >= low) & (certainty < high)])
    mask = tokenizer.token_to_id("[MASK]")
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        chance = random.Random(1)
        hidden = [[mask if 0 < place < len(row) - 1 and chance.random() < share else token for place, token in enumerate(row)] for row in ids]
        answer = positive(hidden)
        print(
            f"{100 * share:.0f} % of the tokens masked: {100 * ((answer > 0.5) == (labels == 1)).mean():.1f} % right, "
            f"mean certainty {100 * np.maximum(answer, 1 - answer).mean():.1f} %, mean probability of positive {100 * answer.mean():.1f} %"
        )
    for number in np.argsort(-np.where(right, 0, certainty))[:12]:
        print(f"  {LABELS[int(found[number] > 0.5)]} {100 * certainty[number]:.1f} %  {texts[number]}")


if __name__ == "__main__":
    main()
