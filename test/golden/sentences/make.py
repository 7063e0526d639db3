"""Makes a tiny random sentence encoder, as sentence-transformers saves one, and what it and torch compute with it.

    python make.py

Writes the folder model (modules.json, pooling, tokenizer, model.onnx as it is exported for its last hidden states) and cases.json: for every way of pooling and
two texts the embeddings of unit length, their cosine, the cosine with each token of one text replaced by [MASK] in turn while the other text stays,
its gradients with respect to the word embeddings of either text, and integrated gradients from [MASK] by Gauss-Legendre quadrature in double precision.
"""

import json
import pathlib
import shutil
import tempfile

import numpy as np
import torch
import transformers
from onnx import load, save
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

here = pathlib.Path(__file__).resolve().parent
folder = here / "model"
special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
words = "one two three four five six seven eight nine ten".split()
mask = special.index("[MASK]")
width = 16
texts = [("two nine five seven one", "eight three Ten six"), ("nine one six", "four two ten")]
modes = ["mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken", ["cls", "mean"]]
names = ["input_ids", "attention_mask", "token_type_ids"]


class States(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return self.model(**dict(zip(names, inputs))).last_hidden_state


def fast_tokenizer():
    vocabulary = {word: id for id, word in enumerate(special + words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ends)
    roles = {f"{token.strip('[]').lower()}_token": token for token in special}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=20, **roles)


def random_model():
    config = transformers.BertConfig(
        vocab_size=len(special) + len(words),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=20,
        pad_token_id=special.index("[PAD]"),
        attn_implementation="eager",
    )
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(parameter + 0.1 * noise if parameter.dim() == 1 else 0.6 * noise)
    return model


def saved(model):
    """The folder as sentence-transformers saves it, without the weights, and the encoder itself."""
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as whole:
        model.save_pretrained(plain)
        fast_tokenizer().save_pretrained(plain)
        encoder = SentenceTransformer(modules=[Transformer(plain), Pooling(width, "mean"), Normalize()], device="cpu")
        encoder.save(whole, create_model_card=False)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("*.safetensors", "README.md"))
    return encoder


def export(model):
    ids = torch.tensor([[0, 5, 6, 7, 2], [0, 8, 9, 10, 2]])
    axes = {name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]}
    arguments = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    file = str(folder / "model.onnx")
    torch.onnx.export(
        States(model).eval(), arguments, file, dynamo=False, opset_version=17, input_names=names, output_names=["last_hidden_state"], dynamic_axes=axes
    )
    exported = load(file)
    for node in exported.graph.node:
        node.ClearField("doc_string")
    save(exported, file)


def case(model, tokenizer, mode, text, pair):
    pooling = Pooling(width, mode)
    ids = [torch.tensor([tokenizer(one).input_ids]) for one in (text, pair)]
    table = model.get_input_embeddings().weight

    def embedding(embeds):
        states = model(inputs_embeds=embeds).last_hidden_state
        marks = torch.ones(states.shape[:2], dtype=torch.int64)
        pooled = pooling({"token_embeddings": states, "attention_mask": marks})["sentence_embedding"]
        return torch.nn.functional.normalize(pooled, dim=-1)

    unit = [embedding(table[one]).detach() for one in ids]
    rounded = lambda numbers: [round(float(number), 9) for number in numbers]

    def side(own, other):
        cosine = lambda embeds: (embedding(embeds) * other).sum()
        content = [at for at, id in enumerate(own[0].tolist()) if id >= len(special)]

        def hidden(places):
            changed = own.clone()
            changed[0, places] = mask
            return table[changed].detach()

        def gradient(embeds):
            embeds = embeds.detach().requires_grad_(True)
            (found,) = torch.autograd.grad(cosine(embeds), embeds)
            return found

        embeds, empty = table[own].detach(), hidden(content)
        nodes, weights = np.polynomial.legendre.leggauss(256)
        mean = sum(w / 2 * gradient(empty + (x + 1) / 2 * (embeds - empty)) for x, w in zip(nodes, weights))
        with torch.no_grad():
            values = [cosine(hidden([at])).item() for at in content]
            baseline = cosine(empty).item()
        return {
            "ids": own[0].tolist(),
            "baseline": round(baseline, 9),
            "hidden": rounded(values),
            "saliency": rounded(gradient(embeds)[0].norm(dim=-1)),
            "gradientXInput": rounded((gradient(embeds) * embeds)[0].sum(-1)),
            "integratedGradients": rounded(((embeds - empty) * mean)[0].sum(-1)),
        }

    return {
        "modes": [mode] if isinstance(mode, str) else mode,
        "text": text,
        "pair": pair,
        "cosine": round(float((unit[0] * unit[1]).sum()), 9),
        "embeddings": [rounded(one[0]) for one in unit],
        "sides": [side(ids[0], unit[1]), side(ids[1], unit[0])],
    }


def main():
    torch.set_num_threads(1)
    model = random_model()
    encoder = saved(model)
    export(model)
    tokenizer = encoder.tokenizer
    whole = [float(encoder.similarity(*(encoder.encode([one]) for one in pair))) for pair in texts]
    model.double()
    cases = [case(model, tokenizer, mode, *pair) for mode in modes for pair in texts]
    for found, expected in zip(cases, whole):
        assert abs(found["cosine"] - expected) < 1e-5, (found["cosine"], expected)
    (here / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
