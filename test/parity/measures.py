"""Measures of the product beside ERASER's own code and captum, with each model of `models.py` in double precision, on twenty texts.

    python measures.py FOLDER ERASER [model ...]      (requirements.txt; FOLDER: where the random models are made; ERASER: a clone of github.com/jayded/eraserbenchmark, 3ae7641)

Comprehensiveness and sufficiency: `compute_aopc_scores` of ERASER on probabilities by torch, with the strongest ⌈q·n⌉ tokens masked, or all others. Infidelity: captum's, normalised, with the masks that the product drew.
Max-sensitivity: captum's, with the noise that the product drew, of saliency and gradient × input by torch. Prints the largest differences and fails where a limit does not hold.
"""

import importlib
import math
import sys
import types

import numpy
import torch
from captum.metrics import infidelity, sensitivity_max

from models import subjects, texts
from product import program

torch.set_num_threads(1)
SHARES = [0.01, 0.05, 0.1, 0.2, 0.5]
METHODS = ["gradientXInput", "saliency"]
LIMITS = {"comprehensiveness": 1e-6, "sufficiency": 1e-6, "infidelity": 1e-4, "maxSensitivity": 1e-4}
MASK = 103


def eraser(clone):
    """ERASER's measures. What they import to read files is not needed here."""
    sys.path.insert(0, clone)
    names = ["Annotation", "Evidence", "annotations_from_jsonl", "load_jsonl", "load_documents", "load_flattened_documents"]
    sys.modules["rationale_benchmark.utils"] = types.SimpleNamespace(**dict.fromkeys(names, object))
    return importlib.import_module("rationale_benchmark.metrics").compute_aopc_scores


class Text:
    """A text on a model: logits of the explained class with tokens hidden, and attributions of embeddings."""

    def __init__(self, model, answer):
        self.model = model
        self.ids = torch.tensor(answer["ids"])
        self.content = ~torch.tensor(answer["special"])
        self.label = {text: index for index, text in model.config.id2label.items()}[answer["label"]]
        self.embeds = model.get_input_embeddings().weight.detach()[self.ids]

    def logits(self, kept):
        kept = torch.as_tensor(kept) > 0.5
        masked = self.ids.repeat(len(kept), 1)
        masked[:, self.content] = torch.where(kept, masked[:, self.content], MASK)
        with torch.no_grad():
            return self.model(input_ids=masked).logits

    def probabilities(self, kept):
        return [{str(at): float(p) for at, p in enumerate(row)} for row in self.logits(kept).softmax(-1)]

    def attribution(self, method):
        def explain(inputs):
            (embeds,) = inputs if isinstance(inputs, tuple) else (inputs,)
            with torch.enable_grad():
                embeds = embeds.detach().requires_grad_(True)
                logits = self.model(inputs_embeds=embeds).logits
                (gradient,) = torch.autograd.grad(logits[:, self.label].sum(), embeds)
            scores = gradient.norm(dim=-1) if method == "saliency" else (gradient * embeds).sum(-1)
            return (scores[:, self.content].detach(),)

        return explain


def aopc(compute, text, scores):
    n = len(scores)
    order = sorted(range(n), key=lambda at: (-scores[at], at))
    strongest = [[at in order[: math.ceil(share * n - 1e-9)] for at in range(n)] for share in SHARES]
    whole, *rest = text.probabilities(numpy.array([[True] * n, *(~numpy.array(strongest)).tolist(), *strongest], dtype=float))
    steps = [
        {"threshold": share, "comprehensiveness_classification_scores": rest[at], "sufficiency_classification_scores": rest[len(SHARES) + at]}
        for at, share in enumerate(SHARES)
    ]
    kls = str(text.label)
    _, comprehensiveness, _, sufficiency, _ = compute([{"classification": kls, "classification_scores": whole, "thresholded_scores": steps}], SHARES)
    return comprehensiveness, sufficiency


def by_captum(text, answer, found):
    hidden = 1 - torch.tensor(answer["hidden"][1:]).double()
    whole = torch.ones_like(hidden[:1])
    scores = torch.tensor([found["scores"]]).double()
    value = infidelity(
        lambda kept: text.logits(kept)[:, text.label], lambda _: (hidden, 1 - hidden), whole, scores, n_perturb_samples=len(hidden), normalize=True,
    )  # fmt: skip
    noisy = torch.tensor(answer["noisy"]).double().reshape(-1, *text.embeds.shape)
    sensitivity = sensitivity_max(text.attribution(found["method"]), text.embeds[None], perturb_func=lambda _: noisy, n_perturb_samples=len(noisy), norm_ord=2)
    return value.item(), sensitivity.item()


def main(folder, clone, *wanted):
    compute, ask, failed = eraser(clone), program("measures"), False
    for name, path, model in subjects(folder):
        if wanted and name not in wanted:
            continue
        model.requires_grad_(False)
        off = {measure: [] for measure in LIMITS}
        for line in texts():
            answer = ask(model=str(path), text=line, methods=METHODS)
            text = Text(model, answer)
            for found in answer["methods"]:
                theirs = dict(zip(LIMITS, (*aopc(compute, text, found["scores"]), *by_captum(text, answer, found))))
                for measure, value in theirs.items():
                    size = 1 if measure in ("comprehensiveness", "sufficiency") else max(abs(value), 1e-3)
                    off[measure].append(abs(found[measure] - value) / size)
        print(f"{name}; largest differences:", flush=True)
        for measure, figures in off.items():
            wrong = max(figures) > LIMITS[measure]
            failed |= wrong
            print(f"  {measure}: largest {max(figures):.3g}, median {numpy.median(figures):.3g}, {len(figures)} texts and methods{'  TOO LARGE' if wrong else ''}", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
