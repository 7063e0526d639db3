"""Gradient methods and decompositions of the product beside captum and torch, on twenty texts with each model of `models.py`.

    python gradients.py FOLDER [model ...]      (requirements.txt; `npm run build` first; FOLDER: where the random models are made)

Integrated gradients: captum with the product's own number of Gauss-Legendre nodes, baseline and target in double precision, and with 512 nodes.
DeepLIFT: how far the scores miss the change of the target, of the product and of captum. Relevance: the rules of `test/corpus/relevance.py`. Prints a
line for each model and fails where a limit does not hold.
"""

import sys
import warnings

import numpy
import torch
from captum.attr import DeepLift, IntegratedGradients

from models import explained, off, root, subjects, with_specials

sys.path.insert(0, str(root / "test" / "corpus"))
from relevance import Relevance, adjoint  # noqa: E402

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
METHODS = "saliency,gradientXInput,integratedGradients,deepLift,lrp,cpLrp"
LIMITS = dict(saliency=1e-4, gradientXInput=1e-4, sameNodes=1e-4, unflagged=0.01, deepLift=1e-4, lrp=1e-4, cpLrp=1e-4)


class Target(torch.nn.Module):
    """The logit of `positive` as a function of word embeddings."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, embeds):
        return self.model(inputs_embeds=embeds).logits[:, 1]


def measure(model, record, found):
    target = Target(model)
    table = model.get_input_embeddings().weight.detach()
    ids = torch.tensor([[token["id"] for token in record["tokens"]]])
    special = torch.tensor([token["special"] for token in record["tokens"]])
    mask = torch.where(special, ids[0], 103)[None]
    ours = {one["method"]: one for one in record["attributions"]}
    scores = {name: with_specials(one) for name, one in ours.items()}
    embeds, empty = table[ids].requires_grad_(True), table[mask]
    value = target(embeds)
    (gradient,) = torch.autograd.grad(value.sum(), embeds)
    note = lambda name, figure: found.setdefault(name, []).append(figure)
    note("saliency", off(scores["saliency"], gradient[0].norm(dim=-1).numpy()))
    note("gradientXInput", off(scores["gradientXInput"], (gradient * embeds).sum(-1)[0].detach().numpy()))

    def integrated(nodes):
        path = IntegratedGradients(target)
        return path.attribute(embeds, baselines=empty, n_steps=nodes, method="gausslegendre", internal_batch_size=16)[0].sum(-1).detach().numpy()

    steps = ours["integratedGradients"]["parameters"]["steps"]
    note("sameNodes", off(scores["integratedGradients"], integrated(steps)))
    against = off(scores["integratedGradients"], integrated(512))
    note("flagged" if not ours["integratedGradients"]["converged"] else "unflagged", against)
    note("steps", steps)
    change = (value - target(empty)).item()
    note("deepLift", abs(scores["deepLift"].sum() - change) / abs(change))
    try:
        captum = DeepLift(target).attribute(embeds, baselines=empty).sum().item()
        note("captum's deepLift", abs(captum - change) / abs(change))
    except (AssertionError, RuntimeError) as error:
        found["captum's deepLift fails"] = [str(error).split("\n")[0][:90]]
    frozen = model.requires_grad_(False)
    for name, keeps in (("lrp", True), ("cpLrp", False)):
        weights = torch.tensor([[0.0, 1.0]]).double()
        fed, _, relevance = adjoint(frozen, {"input_ids": ids}, Relevance(keeps), lambda _: weights)
        note(name, off(scores[name], (fed * relevance).sum(-1)[0].numpy()))


def main(folder, *wanted):
    failed = False
    for name, path, model in subjects(folder):
        if wanted and name not in wanted:
            continue
        found = {}
        records = explained(path, ["--method", METHODS, "--target", "positive", "--baseline", "mask"])
        for record in records:
            measure(model, record, found)
        print(f"{name}, {len(records)} texts; largest relative differences:", flush=True)
        for what, figures in found.items():
            if isinstance(figures[0], str):
                print(f"  {what}: {figures[0]}")
                continue
            wrong = what in LIMITS and max(figures) > LIMITS[what]
            failed |= wrong
            print(f"  {what}: largest {max(figures):.3g}, median {numpy.median(figures):.3g}, {len(figures)} texts{'  TOO LARGE' if wrong else ''}", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
