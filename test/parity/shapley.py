"""Owen values, Kernel SHAP and Shapley interactions of the product beside `shap` and `shapiq`, with each model of `models.py` in double precision.

    python shapley.py FOLDER [model ...]      (requirements.txt; FOLDER: where the random models are made)

Owen values: the partition explainer of `shap` on the product's own tree, all of it where 600 evaluations are enough, and with 64, on twenty texts. Kernel SHAP: the kernel explainer of `shap` on all subsets of the
first words of each. Interactions: the exact computer of `shapiq`, k-SII of order 2, on the same. Prints the largest differences and fails where a limit does not hold.
"""

import itertools
import sys

import numpy
import shap
import shapiq
import torch

from models import off, root, subjects, texts
from product import program

sys.path.insert(0, str(root / "test" / "golden" / "owen"))
from make import Masker, linkage  # noqa: E402

torch.set_num_threads(1)
SOME, WHOLE, ALL = 64, 600, 512
LIMITS = {"Owen values": 1e-4, f"Owen values, {SOME} evaluations": 1e-4, "Kernel SHAP": 1e-5, "interactions, singles": 1e-5, "interactions, pairs": 1e-5}
MASK = 103
SHORT = 7


def game_of(model, answer):
    """The logit of `positive` as a function of which content tokens are kept."""
    ids = torch.tensor(answer["ids"])
    content = torch.tensor([not special for special in answer["special"]])

    def game(rows):
        rows = torch.tensor(numpy.asarray(rows, dtype=float) > 0.5).reshape(-1, int(content.sum()))
        values = []
        for part in rows.split(64):
            masked = ids.repeat(len(part), 1)
            masked[:, content] = torch.where(part, masked[:, content], MASK)
            with torch.inference_mode():
                values.append(model(input_ids=masked).logits[:, 1])
        return torch.cat(values).numpy()

    return game, int(content.sum())


def scores_of(answer):
    scores = numpy.array(answer["attribution"]["scores"])
    return scores[~numpy.array(answer["special"])]


def owen(answer, model, samples):
    game, count = game_of(model, answer)
    if count == 1:
        # A single leaf is no tree for `shap`.
        return off(scores_of(answer), game([[1]]) - game([[0]]))
    explainer = shap.explainers.Partition(game, Masker(count, linkage(answer["tree"], count)))
    found = explainer(numpy.ones((1, count)), max_evals=samples, batch_size=16, silent=True)
    return off(scores_of(answer), numpy.ravel(found.values))


def kernel(answer, model):
    game, count = game_of(model, answer)
    explainer = shap.KernelExplainer(game, numpy.zeros((1, count)))
    found = explainer.shap_values(numpy.ones((1, count)), nsamples=2**count, l1_reg=False, silent=True)
    return float(numpy.abs(scores_of(answer) - numpy.ravel(found)).max())


def interactions(answer, model):
    game, count = game_of(model, answer)
    found = shapiq.ExactComputer(n_players=count, game=game)(index="k-SII", order=2)
    theirs = numpy.array([found[pair] for pair in itertools.combinations(range(count), 2)])
    ours = numpy.array([pair["score"] for pair in answer["attribution"]["pairs"]])
    singles = scores_of(answer)
    for (first, second), score in zip(itertools.combinations(range(count), 2), ours):
        singles[first] -= score / 2
        singles[second] -= score / 2
    return numpy.abs(singles - [found[(i,)] for i in range(count)]).max(), numpy.abs(ours - theirs).max()


def main(folder, *wanted):
    failed = False
    ask = program("shapley")
    for name, path, model in subjects(folder):
        if wanted and name not in wanted:
            continue
        found = {what: [] for what in LIMITS}
        for text in texts():
            whole, some = ask(model=str(path), text=text, method="partitionShap", samples=WHOLE), ask(model=str(path), text=text, method="partitionShap", samples=SOME)
            if whole["attribution"]["converged"]:
                found["Owen values"].append(owen(whole, model, WHOLE))
            found[f"Owen values, {SOME} evaluations"].append(owen(some, model, SOME))
            start = " ".join(text.split()[:SHORT])
            short = ask(model=str(path), text=start, method="kernelShap", samples=ALL)
            if 2 < len(short["ids"]) - 2 <= 9:
                found["Kernel SHAP"].append(kernel(short, model))
                pairs = ask(model=str(path), text=start, method="shapleyInteraction", samples=ALL)
                singles, both = interactions(pairs, model)
                found["interactions, singles"].append(singles)
                found["interactions, pairs"].append(both)
        print(f"{name}; largest differences:", flush=True)
        for what, figures in found.items():
            wrong = what in LIMITS and max(figures) > LIMITS[what]
            failed |= wrong
            print(f"  {what}: largest {max(figures):.3g}, median {numpy.median(figures):.3g}, {len(figures)} texts{'  TOO LARGE' if wrong else ''}", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
