"""Makes a tiny random re-ranker, a BERT with one output for a text or a pair of texts, and what torch and `lime` compute with it.

    python make.py

Writes model.onnx and cases.json. Words are the ten of test/support/tinyModel.ts. Each case has the number as it is, and with
every token in turn, and with all of them, replaced by [MASK]; gradients, and integrated gradients from [MASK] by Gauss-Legendre quadrature in double
precision. LIME's limit is the fit of the package's own LimeBase on all ways to hide words, each as often as LIME draws its like, by plain least squares.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import torch
import transformers
from lime.lime_base import LimeBase
from onnx import load, save
from sklearn.linear_model import LinearRegression
from sklearn.metrics import pairwise_distances

here = pathlib.Path(__file__).resolve().parent
file = here / "model.onnx"
special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
words = "one two three four five six seven eight nine ten".split()
first, end, mask = special.index("[CLS]"), special.index("[SEP]"), special.index("[MASK]")
texts = [("two nine five seven one", None), ("eight three three ten six four", None), ("nine one six", "four two ten")]
names = ["input_ids", "attention_mask", "token_type_ids"]


class Number(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return self.model(**dict(zip(names, inputs))).logits


def random_model():
    config = transformers.BertConfig(
        vocab_size=len(special) + len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=20,
        num_labels=1,
        pad_token_id=special.index("[PAD]"),
        attn_implementation="eager",
    )
    model = transformers.BertForSequenceClassification(config).eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(parameter + 0.1 * noise if parameter.dim() == 1 else 0.3 * noise)
        # A spread of some units, as re-rankers have it: an S-shaped curve would bend it.
        model.classifier.weight.mul_(6)
    return model


def encoded(text, pair):
    parts = [text, *([pair] if pair else [])]
    ids, kinds = [first], [0]
    for kind, part in enumerate(parts):
        ids += [len(special) + words.index(word) for word in part.split()] + [end]
        kinds += [kind] * (len(part.split()) + 1)
    return torch.tensor([ids]), torch.tensor([kinds])


def limit(values, count):
    """LIME's coefficients for infinitely many samples: sizes are equally likely, subsets of one size too."""
    multiple = math.lcm(*(math.comb(count, size) for size in range(1, count + 1)))
    rows, labels = [], []
    for size in range(1, count + 1):
        for hidden in itertools.combinations(range(count), size):
            row = [0.0 if i in hidden else 1.0 for i in range(count)]
            times = multiple // math.comb(count, size)
            rows += [row] * times
            labels += [values[hidden]] * times
    rows, labels = np.array(rows), np.array(labels)[:, None]
    # As LimeTextExplainer measures; of the row without any word its cosine is 0.
    distances = pairwise_distances(rows, np.ones((1, count)), metric="cosine").ravel() * 100
    base = LimeBase(lambda distance: np.sqrt(np.exp(-(distance**2) / 25**2)))
    intercept, found, r2, _ = base.explain_instance_with_data(
        rows, labels, distances, 0, count, feature_selection="none", model_regressor=LinearRegression()
    )
    coefficients = dict(found)
    return {"intercept": float(intercept), "coefficients": [float(coefficients[i]) for i in range(count)], "r2": float(r2)}


def case(model, text, pair):
    ids, kinds = encoded(text, pair)
    content = [at for at, id in enumerate(ids[0].tolist()) if id >= len(special)]
    table = model.get_input_embeddings().weight

    def number(hidden):
        changed = torch.tensor([[mask if at in hidden else id for at, id in enumerate(ids[0].tolist())]])
        with torch.no_grad():
            return model(input_ids=changed, token_type_ids=kinds).logits.item()

    subsets = [hidden for size in range(len(content) + 1) for hidden in itertools.combinations(range(len(content)), size)]
    values = {hidden: number([content[i] for i in hidden]) for hidden in subsets}

    def gradient(embeds):
        embeds = embeds.detach().requires_grad_(True)
        (found,) = torch.autograd.grad(model(inputs_embeds=embeds, token_type_ids=kinds).logits.sum(), embeds)
        return found

    embeds = table[ids]
    replaced = ids.clone()
    replaced[0, content] = mask
    empty = table[replaced]
    nodes, weights = np.polynomial.legendre.leggauss(256)
    mean = sum(w / 2 * gradient(empty + (x + 1) / 2 * (embeds - empty)) for x, w in zip(nodes, weights))
    rounded = lambda numbers: [round(float(number), 9) for number in numbers]
    return {
        "text": text,
        "pair": pair,
        "ids": ids[0].tolist(),
        "value": values[()],
        "baseline": values[tuple(range(len(content)))],
        "hidden": [values[(i,)] for i in range(len(content))],
        "saliency": rounded(gradient(embeds)[0].norm(dim=-1)),
        "gradientXInput": rounded((gradient(embeds) * embeds)[0].sum(-1)),
        "integratedGradients": rounded(((embeds - empty) * mean)[0].sum(-1)),
        "lime": limit(values, len(content)),
    }


def main():
    torch.set_num_threads(1)
    model = random_model()
    ids, kinds = encoded(*texts[2])
    axes = {name: {0: "batch", 1: "sequence"} for name in names}
    arguments = (ids, torch.ones_like(ids), kinds)
    torch.onnx.export(
        Number(model).eval(), arguments, str(file), dynamo=False, opset_version=17, input_names=names, output_names=["logits"], dynamic_axes={**axes, "logits": {0: "batch"}}
    )
    exported = load(str(file))
    for node in exported.graph.node:
        node.ClearField("doc_string")
    save(exported, str(file))
    cases = [case(model.double(), text, pair) for text, pair in texts]
    (here / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
