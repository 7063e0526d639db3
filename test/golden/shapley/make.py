"""Runs the kernel explainer of `shap` and the exact computer of `shapiq` on games, and keeps what they returned.

    python make.py > cases.json

A game is a sum t of products of kept features, [coefficient, [features]], bent to t + curve·t². Of the kernel explainer the subsets that it drew are kept with their weights, so that the same
least squares can be solved on them: each stands for itself and its complement, which it draws with the same weight. Of `shapiq` the k-SII of order 2: singles, and pairs i < j in reading order.
"""

import itertools
import json
import sys

import numpy as np
import shap
import shapiq

written = [[1, [0]], [2, [1]], [3, [0, 1]], [-1, [2]], [4, [1, 2, 3]]]


def game(count, random, order):
    terms = [[float(random.normal()), [i]] for i in range(count)]
    for size in range(2, min(order, count) + 1):
        for _ in range(2 * count):
            terms.append([float(random.normal()), sorted(int(i) for i in random.choice(count, size, replace=False))])
    return [[round(coefficient, 6), members] for coefficient, members in terms]


def value(terms, curve, rows):
    rows = np.asarray(rows, dtype=float)
    total = np.full(len(rows), 0.25)
    for coefficient, members in terms:
        total = total + coefficient * np.prod(rows[:, members], axis=1)
    return total + curve * total**2


def kernel(terms, curve, count, samples):
    np.random.seed(samples)
    explainer = shap.KernelExplainer(lambda rows: value(terms, curve, rows), np.zeros((1, count)))
    found = explainer.shap_values(np.ones((1, count)), nsamples=samples, l1_reg=False, silent=True)
    drawn = explainer.nsamplesAdded
    weights = {tuple(int(x) for x in row): float(w) for row, w in zip(explainer.maskMatrix[:drawn], explainer.kernelWeights[:drawn])}
    pairs = []
    for row, weight in weights.items():
        other = tuple(1 - x for x in row)
        assert np.isclose(weights[other], weight), "a subset without its complement"
        if row > other:
            pairs.append([list(row), weight])
    return {
        "features": count,
        "game": terms,
        "curve": curve,
        "pairs": pairs,
        "values": [float(v) for v in np.ravel(found)],
    }


def interactions(terms, curve, count):
    computer = shapiq.ExactComputer(n_players=count, game=lambda rows: value(terms, curve, rows))
    found = computer(index="k-SII", order=2)
    return {
        "features": count,
        "game": terms,
        "curve": curve,
        "singles": [float(found[(i,)]) for i in range(count)],
        "pairs": [float(found[pair]) for pair in itertools.combinations(range(count), 2)],
    }


def main():
    random = np.random.default_rng(5)
    kernels = [kernel(written, 0, 4, 14)]
    for count, samples in [(5, 30), (7, 60), (9, 150), (9, 400), (11, 300), (13, 500), (25, 400)]:
        kernels.append(kernel(game(count, random, 3), 0.03, count, samples))
    pairs = [interactions(written, 0, 4)]
    for count in [2, 3, 5, 8, 10]:
        pairs.append(interactions(game(count, random, 3), 0.03, count))
    json.dump({"kernel": kernels, "interactions": pairs}, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
