"""Runs the real `lime` package and keeps what its fit was given and what it returned.

    python make.py MODEL_FOLDER > cases.json

MODEL_FOLDER: a sequence classifier that `transformers` can load (the golden file was made with the bundled model's weights).
Rows are bits (1 = kept, row after row, base64), probabilities are rounded to 6 digits before `lime` sees them.
"""

import base64
import json
import sys

import numpy as np
import torch
from lime.lime_text import LimeTextExplainer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

torch.set_num_threads(1)


def run(name, text, classifier, seed, samples, keep, bow, mask=None):
    explainer = LimeTextExplainer(bow=bow, mask_string=mask, random_state=seed, split_expression=r"\s+")
    given = {}
    inner = explainer.base.explain_instance_with_data

    def spy(data, labels, distances, label, num_features, **rest):
        answer = inner(data, labels, distances, label, num_features, **rest)
        given.update(data=data, labels=labels[:, label], answer=answer)
        return answer

    explainer.base.explain_instance_with_data = spy
    features = len(set(text.split()) if bow else text.split())
    explainer.explain_instance(
        text, classifier, labels=(1,), num_features=features if keep is None else keep, num_samples=samples
    )
    intercept, ranked, r2, local = given["answer"]
    rows = given["data"].astype(np.uint8)
    assert rows.shape == (samples, features)
    coefficients = [0.0] * features
    for feature, coefficient in ranked:
        coefficients[int(feature)] = float(coefficient)
    return {
        "name": name,
        "features": features,
        "samples": samples,
        "keep": keep,
        "rows": base64.b64encode(np.packbits(rows.ravel()).tobytes()).decode(),
        "probabilities": [float(p) for p in given["labels"]],
        "coefficients": coefficients,
        "chosen": [int(feature) for feature, _ in ranked],
        "intercept": float(intercept),
        "r2": float(r2),
        "localPrediction": float(local[0]),
    }


def two(positive):
    positive = np.round(np.asarray(positive, dtype=np.float64), 6)
    return np.stack([1 - positive, positive], axis=1)


def synthetic(features, seed, pairs=True):
    random = np.random.default_rng(seed)
    single = random.normal(size=features)
    both = np.triu(random.normal(size=(features, features)), 1) * (0.5 if pairs else 0)

    def classifier(texts):
        z = np.array([[f"w{i}" in set(text.split()) for i in range(features)] for text in texts], dtype=float)
        x = z @ single + np.einsum("ri,ij,rj->r", z, both, z) - 0.3
        return two(1 / (1 + np.exp(-x)))

    return " ".join(f"w{i}" for i in range(features)), classifier


def model(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()

    def classifier(texts):
        positive = []
        with torch.inference_mode():
            for text in texts:
                logits = network(**tokenizer(text, return_tensors="pt")).logits[0].double()
                positive.append(torch.softmax(logits, -1)[1].item())
        return two(positive)

    return classifier


def main(folder):
    cases = []
    for features in (1, 2, 3, 5, 7, 8, 13, 20, 28, 40):
        text, classifier = synthetic(features, features)
        for seed, keep in ((1, None), (2, 4), (3, 7)):
            samples = 80 if features < 13 else 160
            name = f"synthetic {features}, seed {seed}, keep {keep}"
            cases.append(run(name, text, classifier, seed, samples, keep, bow=False, mask="_"))
    text, classifier = synthetic(12, 99, pairs=False)
    for keep in (None, 6, 9):
        cases.append(run(f"additive in the log-odds, keep {keep}", text, classifier, 5, 100, keep, bow=False, mask="_"))
    real = model(folder)
    sentences = (
        "a gorgeous , witty and seductive movie",
        "the plot is thin , the jokes are old and the ending is a mess , but the two leads are so good that it hardly matters",
    )
    for text in sentences:
        for seed, keep in ((0, None), (1, 5), (2, 10)):
            name = f"model, {len(text.split())} words, seed {seed}, keep {keep}"
            cases.append(run(name + ", words deleted", text, real, seed, 120, keep, bow=True))
            cases.append(run(name + ", words masked", text, real, seed, 120, keep, bow=False, mask="[MASK]"))
    print(json.dumps({"lime": "0.2.0.1", "cases": cases}, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1])
