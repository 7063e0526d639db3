"""Rank correlations of scipy; infidelity of captum on functions of binary masks, and its max-sensitivity, with the draws that they were given;
areas under precision and recall of scikit-learn.

    python make.py > cases.json
"""

import json

import numpy as np
import torch
from captum.metrics import infidelity, sensitivity_max
from scipy.stats import kendalltau
from sklearn.metrics import auc, precision_recall_curve

random = np.random.default_rng(7)


def correlation(a, b):
    found = kendalltau(a, b, variant="b")
    return {"a": list(map(float, a)), "b": list(map(float, b)), "tau": float(found.statistic), "p": float(found.pvalue)}


def correlations():
    yield correlation([1, 2, 3, 4, 5], [1, 3, 2, 4, 4])
    yield correlation([0.1, 0.4, 0.2, 0.3], [0.2, 0.3, 0.3, 0.1])
    yield correlation([1, 2], [2, 1])
    yield correlation([1, 1, 2], [1, 2, 2])
    for size in (3, 5, 12, 33, 34, 80):
        a = random.permutation(size)
        yield correlation(a, random.permutation(size))
        yield correlation(a, a + random.normal(0, size / 4, size))
        yield correlation(a // 2, (a + random.integers(0, size, size)) // 3)
    many = np.arange(60)
    yield correlation(many, -many + random.normal(0, 3, 60))
    yield correlation(many // 2, many // 5)


def infidelities():
    for features, draws in ((4, 16), (9, 40)):
        single = torch.tensor(random.normal(0, 1, features))
        pairs = torch.tensor(random.normal(0, 0.5, (features, features)))
        masks = torch.tensor((random.random((draws, features)) < 0.5).astype(np.float64))

        def value(kept):
            return kept @ single + torch.einsum("bi,ij,bj->b", kept, pairs, kept)

        for scores in (single, torch.tensor(random.normal(0, 1, features)), 100 * torch.abs(single)):
            found = infidelity(
                value,
                lambda inputs: (1 - masks, masks),
                torch.ones((1, features), dtype=torch.float64),
                scores[None],
                n_perturb_samples=draws,
                max_examples_per_batch=draws,
                normalize=True,
            )
            changes = value(torch.ones((1, features), dtype=torch.float64)) - value(masks)
            yield {
                "scores": scores.tolist(),
                "masks": masks.int().tolist(),
                "changes": changes.tolist(),
                "infidelity": float(found),
            }


def sensitivities():
    for features in (3, 8, 20):
        inputs = torch.tensor(random.normal(0, 1, (1, features)))
        weights = torch.tensor(random.normal(0, 1, (features, features)))
        noise = torch.tensor(random.uniform(-0.02, 0.02, (10, features)))

        def plain(given):
            return given[0] if isinstance(given, tuple) else given

        def scores(given):
            found = plain(given) * torch.tanh(plain(given) @ weights)
            return (found,) if isinstance(given, tuple) else found

        found = sensitivity_max(
            scores,
            inputs,
            perturb_func=lambda given: plain(given) + noise,
            n_perturb_samples=10,
            max_examples_per_batch=10,
            norm_ord=2,
        )
        yield {
            "scores": scores(inputs)[0].tolist(),
            "others": scores(inputs + noise).tolist(),
            "sensitivity": float(found),
        }


def areas():
    for size in (6, 15, 40):
        marked = np.zeros(size, dtype=int)
        marked[random.permutation(size)[: size // 3]] = 1
        scores = np.round(random.normal(0, 1, size) + marked, 1)
        precision, recall, _ = precision_recall_curve(marked, scores)
        yield {"scores": scores.tolist(), "marked": marked.tolist(), "area": float(auc(recall, precision))}


topics = (correlations, infidelities, sensitivities, areas)
print(json.dumps({topic.__name__: list(topic()) for topic in topics}))
