"""Runs the partition explainer of `shap` on the bundled model, computed by ONNX Runtime one row at a time, and keeps what it returned.
Operators are left as they are in the file: fused ones round differently (5e-3 of a logit).

    python model.py MODEL_FOLDER > model.json
"""

import json
import os
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from make import Masker, balanced, linkage
from shap.explainers import Partition

texts = [
    "A gorgeous, witty film that never loses its nerve.",
    "The plot wanders and the jokes fall flat, yet the cast is charming. I would not see it again, but I was never bored.",
]


def main(folder):
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(os.path.join(folder, "onnx", "model.onnx"), options)
    hidden = tokenizer.token_to_id("[MASK]")
    cases = []
    for text in texts:
        ids = np.array(tokenizer.encode(text).ids, dtype=np.int64)
        count = len(ids) - 2

        def model(rows):
            found = []
            for row in np.asarray(rows):
                masked = ids.copy()
                masked[1:-1] = np.where(row > 0, ids[1:-1], hidden)
                feed = {"input_ids": masked, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
                (logits,) = session.run(None, {name: value.reshape(1, -1) for name, value in feed.items()})
                found.append(float(logits[0, 1]))
            return np.array(found)

        tree = balanced(list(range(count)))
        explainer = Partition(model, Masker(count, linkage(tree, count)))
        for budget, batch in [(60, 2), (120, 16)]:
            found = explainer(np.ones((1, count)), max_evals=budget, batch_size=batch, silent=True)
            cases.append(
                {
                    "text": text,
                    "ids": ids.tolist(),
                    "tree": tree,
                    "budget": budget,
                    "batch": batch,
                    "base": float(np.ravel(found.base_values)[0]),
                    "values": [float(v) for v in np.ravel(found.values)],
                }
            )
    json.dump(cases, sys.stdout, separators=(",", ":"))
    print()


main(sys.argv[1])
