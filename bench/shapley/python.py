"""Runs the permutation and the kernel explainer of `shap` on games, one per line of standard input.

    python python.py -

Reads lines {"features": n, "values": [2ⁿ], "samples": [...], "seeds": s}, where bit i of a value's number says whether feature i is kept; answers each with
{"permutation": ..., "kernel": ...}: for each number of samples and each seed [evaluations, scores]. Needs shap (test/golden/shapley/requirements.txt).
"""

import json
import sys

import numpy as np
import shap


class Game:
    def __init__(self, features, values):
        self.bits = 2 ** np.arange(features)
        self.values = np.asarray(values)
        self.evaluations = 0

    def __call__(self, rows):
        rows = np.asarray(rows)
        self.evaluations += len(rows)
        return self.values[(rows > 0.5) @ self.bits]


def permutation(game, features, samples, seed):
    masker = shap.maskers.Independent(np.zeros((1, features)))
    explainer = shap.PermutationExplainer(game, masker, seed=seed)
    found = explainer(np.ones((1, features)), max_evals=samples, silent=True)
    return found.values[0]


def kernel(game, features, samples, seed):
    np.random.seed(seed)
    explainer = shap.KernelExplainer(game, np.zeros((1, features)))
    game.evaluations = 0
    return np.ravel(explainer.shap_values(np.ones((1, features)), nsamples=samples, l1_reg=False, silent=True))


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        features = asked["features"]
        answer = {}
        for name, explain in (("permutation", permutation), ("kernel", kernel)):
            answer[name] = []
            for samples in asked["samples"]:
                for seed in range(asked["seeds"]):
                    game = Game(features, asked["values"])
                    scores = explain(game, features, samples, seed)
                    answer[name].append([game.evaluations, [float(score) for score in scores]])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
