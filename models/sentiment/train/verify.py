"""Compares the shipped onnx/model.onnx, run by ONNX Runtime, with the fp32 torch model: accuracy and logits.

The runtime left to itself turns DequantizeLinear and MatMul into a product that rounds activations too. Both ways are measured:
`onnx` with the weights folded to fp32 (session.disable_quant_qdq), `as loaded` with the runtime's defaults.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from transformers import BertForSequenceClassification

from data import read_rows
from reference import encoded, feeds_of, torch_logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the model folder")
    parser.add_argument("--torch", type=Path, required=True, help="folder with the torch models fp32/ and final/")
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sessions = {}
    for name, folded in (("onnx", "1"), ("as loaded", "0")):
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.add_session_config_entry("session.disable_quant_qdq", folded)
        sessions[name] = onnxruntime.InferenceSession(
            str(options.folder / "onnx" / "model.onnx"), settings, providers=["CPUExecutionProvider"]
        )
    session = sessions["onnx"]
    models = {name: BertForSequenceClassification.from_pretrained(options.torch / name).eval() for name in ("fp32", "final")}
    rows = read_rows(options.dev)
    labels = np.array([label for _, label in rows])
    ids = encoded(options.folder / "tokenizer.json", [text for text, _ in rows])
    logits: dict[str, list] = {"onnx": [], "as loaded": [], "fp32": [], "final": []}
    for start in range(0, len(ids), 16):
        feeds = feeds_of(ids[start : start + 16])
        for name, one in sessions.items():
            logits[name].append(one.run(None, feeds)[0])
        for name, model in models.items():
            logits[name].append(torch_logits(model, feeds))
    found = {name: np.concatenate(parts) for name, parts in logits.items()}
    report: dict[str, object] = {
        name: {"correct": int((value.argmax(-1) == labels).sum()), "of": len(labels), "accuracy": round(float((value.argmax(-1) == labels).mean()), 5)}
        for name, value in found.items()
    }
    for left, right in (("onnx", "fp32"), ("onnx", "final"), ("as loaded", "final")):
        distance = np.abs(found[left] - found[right])
        report[f"logits {left} to {right}"] = {"mean": float(distance.mean()), "max": float(distance.max())}
    alone = session.run(None, feeds_of([ids[0]]))[0][0]
    report["alone to batch of 16 with padding"] = float(np.abs(alone - found["onnx"][0]).max())
    longest = feeds_of([(ids[0][:-1] * 100)[:511] + [102]])
    report["logits at 512 tokens, onnx to final"] = float(
        np.abs(session.run(None, longest)[0] - torch_logits(models["final"], longest)).max()
    )
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
