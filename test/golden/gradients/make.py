"""Gradient attributions of the bundled model by torch and `captum`.

    python make.py > cases.json

The torch model has the weights of the bundled file (`test/parity/models.py`). Integrated
gradients go from [MASK], or zeros, at every content token to the text, by Gauss-Legendre quadrature with 256 steps, in double precision.
AttnLRP, CP-LRP and DeepLIFT, from [MASK] as well, are computed as `test/corpus/relevance.py` says.
"""

import json
import pathlib
import sys

import torch
from captum.attr import IntegratedGradients
from transformers import AutoTokenizer

for folder in ("corpus", "parity"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / folder))
from models import bundled, bundled_torch  # noqa: E402
from relevance import DeepLift, Relevance, adjoint  # noqa: E402

TEXTS = [
    "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.",
    "dull",
    "It's not the worst film of the year, but it is hardly a good one either; the camera work saves what the script loses.",
]


def main():
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(bundled)
    network = bundled_torch().double().eval()
    table = network.get_input_embeddings().weight
    cases = []
    for text in TEXTS:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        special = torch.tensor(tokenizer.get_special_tokens_mask(ids[0].tolist(), already_has_special_tokens=True)).bool()
        empty = torch.where(special, ids[0], tokenizer.mask_token_id)[None]
        for versus in (None, True):

            def target(embeds):
                logits = network(inputs_embeds=embeds).logits
                return logits[:, 1] - logits[:, 0] if versus else logits[:, 1]

            embeds = table[ids].detach().requires_grad_(True)
            value = target(embeds)
            (gradient,) = torch.autograd.grad(value.sum(), embeds)
            integrated = IntegratedGradients(target).attribute(
                embeds, baselines=table[empty].detach(), n_steps=256, method="gausslegendre", internal_batch_size=32
            )
            zero = torch.where(special[:, None], embeds, 0.0).detach()
            from_zero = IntegratedGradients(target).attribute(embeds, baselines=zero, n_steps=256, method="gausslegendre", internal_batch_size=32)
            weights = torch.tensor([[-1.0 if versus else 0.0, 1.0]]).double()
            frozen = network.requires_grad_(False)
            fed, _, relevance = adjoint(frozen, {"input_ids": ids}, Relevance(True), lambda _: weights)
            _, _, constant = adjoint(frozen, {"input_ids": ids}, Relevance(False), lambda _: weights)
            twice = {"input_ids": ids.repeat(2, 1)}
            pair = lambda embedded: torch.cat([embedded[:1], table[empty]])
            both, _, multipliers = adjoint(frozen, twice, DeepLift(), lambda _: weights.repeat(2, 1), pair)
            network.requires_grad_(True)
            rounded = lambda values: [round(v, 9) for v in values[0].tolist()]
            cases.append(
                {
                    "text": text,
                    "versus": bool(versus),
                    "value": round(value.item(), 9),
                    "saliency": rounded(gradient.norm(dim=-1)),
                    "gradientXInput": rounded((gradient * embeds).sum(-1)),
                    "integratedGradients": rounded(integrated.sum(-1)),
                    "lrp": rounded((fed * relevance).sum(-1)),
                    "cpLrp": rounded((fed * constant).sum(-1)),
                    "deepLift": rounded(((both[:1] - both[1:]) * multipliers[:1]).sum(-1)),
                    "integratedGradientsFromZero": rounded(from_zero.sum(-1)),
                }
            )
    json.dump(cases, sys.stdout)


if __name__ == "__main__":
    main()
