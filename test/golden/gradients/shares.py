"""What biases, and positions with segments, take of the relevance on the bundled model, by torch in double precision.

    python shares.py > shares.json      (requirements.txt)

The texts are those of cases.json, the rules those of `test/corpus/relevance.py`; a share is the sum of parameter times adjoint over all biases, or over the tables of positions and segments.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoTokenizer

for folder in ("corpus", "parity"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / folder))
from models import bundled, bundled_torch  # noqa: E402
from relevance import Composed, Relevance, Replaced  # noqa: E402


def main():
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(bundled)
    network = bundled_torch().double().eval().requires_grad_(False)
    biases, places = [], []
    for name, parameter in network.named_parameters():
        if name.endswith(".bias"):
            biases.append(parameter.requires_grad_(True))
        elif "position_embeddings" in name or "token_type_embeddings" in name:
            places.append(parameter.requires_grad_(True))
    texts = dict.fromkeys(case["text"] for case in json.loads(pathlib.Path(__file__).with_name("cases.json").read_text()))
    cases = []
    for text in texts:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        case = {"text": text}
        for method, keeps in (("lrp", True), ("cpLrp", False)):
            mode = Relevance(keeps)
            with Replaced(network, 0, lambda result: result) as lookup, Composed(mode), mode:
                logits = network(input_ids=ids).logits
            found = torch.autograd.grad(logits[0, 1], [lookup.fed, *biases, *places], allow_unused=True)
            share = lambda values, adjoints: sum((v.detach() * a).sum().item() for v, a in zip(values, adjoints, strict=True) if a is not None)
            of_words = (lookup.fed.detach() * found[0]).sum().item()
            shares = {"biases": share(biases, found[1 : 1 + len(biases)]), "places": share(places, found[1 + len(biases) :])}
            shares["softmax"] = logits[0, 1].item() - of_words - shares["biases"] - shares["places"]
            case[method] = {name: round(value, 9) for name, value in shares.items()}
        cases.append(case)
    json.dump(cases, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
