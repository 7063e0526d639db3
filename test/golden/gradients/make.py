"""Gradient attributions of the bundled model by torch and `captum`.

    python make.py MODEL_FOLDER > cases.json

MODEL_FOLDER: the torch model whose weights are those of the bundled file (`models/sentiment/train/README.md` says how it is made). Integrated
gradients go from [MASK], or zeros, at every content token to the text, by Gauss-Legendre quadrature with 256 steps, in double precision.
"""

import json
import sys

import torch
from captum.attr import IntegratedGradients
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TEXTS = [
    "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.",
    "dull",
    "It's not the worst film of the year, but it is hardly a good one either; the camera work saves what the script loses.",
]


def main(folder):
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).double().eval()
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
            rounded = lambda values: [round(v, 9) for v in values[0].tolist()]
            cases.append(
                {
                    "text": text,
                    "versus": bool(versus),
                    "value": round(value.item(), 9),
                    "saliency": rounded(gradient.norm(dim=-1)),
                    "gradientXInput": rounded((gradient * embeds).sum(-1)),
                    "integratedGradients": rounded(integrated.sum(-1)),
                    "integratedGradientsFromZero": rounded(from_zero.sum(-1)),
                }
            )
    json.dump(cases, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
