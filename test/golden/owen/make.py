"""Runs the partition explainer of `shap` on given trees and games at several budgets and keeps what it returned.

    python make.py > cases.json

A tree is a pair of trees, or the number of a feature. A game is a sum t of products of kept features, [coefficient, [features]], bent to t + curve·t²: with a
plain sum, many blocks would be equally important, and `shap` draws lots among them. `batch` is the number of masks that `shap` evaluates at once, two for each block.
"""

import json
import sys

import numpy as np
import shap


def balanced(features):
    if len(features) == 1:
        return features[0]
    middle = len(features) // 2
    return [balanced(features[:middle]), balanced(features[middle:])]


def random_tree(features, random):
    if len(features) == 1:
        return features[0]
    middle = int(random.integers(1, len(features)))
    return [random_tree(features[:middle], random), random_tree(features[middle:], random)]


def chain(features):
    tree = features[0]
    for feature in features[1:]:
        tree = [tree, feature]
    return tree


def linkage(tree, count):
    """The tree as rows of two children, distance and number of leaves, children first."""
    rows = []

    def walk(node):
        if not isinstance(node, list):
            return node, 1
        left, left_size = walk(node[0])
        right, right_size = walk(node[1])
        rows.append([left, right, 1, left_size + right_size])
        return count + len(rows) - 1, left_size + right_size

    walk(tree)
    return np.array(rows, dtype=float)


class Masker:
    """Hands the mask itself to the model; all that the explainer needs of a masker."""

    def __init__(self, count, clustering):
        self.shape = (1, count)
        self.clustering = clustering

    def __call__(self, mask, x):
        return (np.asarray(mask, dtype=float).reshape(1, -1),)

    def mask_shapes(self, x):
        return [(self.shape[1],)]


def game(count, random, order):
    terms = [[float(random.normal()), [i]] for i in range(count)]
    for size in range(2, min(order, count) + 1):
        for _ in range(2 * count):
            members = sorted(int(i) for i in random.choice(count, size, replace=False))
            terms.append([float(random.normal()), members])
    return [[round(coefficient, 6), members] for coefficient, members in terms]


def value(terms, curve, rows):
    total = np.full(len(rows), 0.25)
    for coefficient, members in terms:
        total = total + coefficient * np.prod(rows[:, members], axis=1)
    return total + curve * total**2


def run(name, tree, terms, count, budget, batch, curve=0.03):
    masker = Masker(count, linkage(tree, count))
    asked = []

    def model(rows):
        rows = np.asarray(rows)
        asked.append(len(rows))
        return value(terms, curve, rows)

    explainer = shap.explainers.Partition(model, masker)
    found = explainer(np.ones((1, count)), max_evals=budget, batch_size=batch, silent=True)
    return {
        "name": name,
        "features": count,
        "tree": tree,
        "game": terms,
        "curve": curve,
        "budget": budget,
        "batch": batch,
        "evaluations": sum(asked),
        "base": float(np.ravel(found.base_values)[0]),
        "values": [float(v) for v in np.ravel(found.values)],
    }


def main():
    random = np.random.default_rng(11)
    written = [[1, [0]], [2, [1]], [3, [0, 1]], [-1, [2]], [4, [1, 2, 3]]]
    cases = [
        run("written out, balanced", [[0, 1], [2, 3]], written, 4, 100, 2, 0),
        run("written out, chain", [[[0, 1], 2], 3], written, 4, 100, 2, 0),
    ]
    trees = [
        ("balanced", lambda count: balanced(list(range(count)))),
        ("random", lambda count: random_tree(list(range(count)), random)),
        ("shuffled", lambda count: random_tree([int(i) for i in random.permutation(count)], random)),
        ("chain", lambda count: chain(list(range(count)))),
    ]
    for kind, make in trees:
        for count in [2, 5, 8] if kind == "chain" else [3, 8, 20, 40]:
            tree, terms = make(count), game(count, random, 3)
            for budget, batch in [(4, 2), (24, 2), (60, 10), (200, 2), (500, 16), (3000, 10)]:
                cases.append(run(f"{kind}, {count} features", tree, terms, count, budget, batch))
    json.dump(cases, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
