"""Methods that look through attention, by torch and numpy, written independently of the product.

    python test/corpus/through.py [name ...]

Writes test/corpus/through/<architecture>.json, for the text alone. Value zeroing runs the whole model once for each layer and token, with the
value layer's result zeroed there; ALTI and norms write every head's share of every token out. Layers are told by the names that the classes of
transformers give them.
"""

import json
import pathlib
import sys

import torch
from architectures import architectures, random_model
from inside import output_layers, value_layers
from reference import floats, seeds, texts

here = pathlib.Path(__file__).resolve().parent
names = ["bert", "distilbert", "roberta", "albert", "gpt2", "llama", "modernbert", "mpnet"]
norms_after = ("attention.output.LayerNorm", "sa_layer_norm", "attention.LayerNorm")


def layers_of(model, suffixes):
    return [module for name, module in model.named_modules() if name.endswith(tuple("." + suffix for suffix in suffixes)) and "classif" not in name and "head" not in name]


def repeated(modules, count):
    """ALBERT has one layer for all."""
    return modules if len(modules) == count else modules * count


class Recorder:
    """Keeps what a module is given and gives, call by call."""

    def __init__(self, modules):
        self.calls = []
        self.hooks = [module.register_forward_hook(lambda module, given, result: self.calls.append((module, given[0], result))) for module in dict.fromkeys(modules)]

    def close(self):
        for hook in self.hooks:
            hook.remove()


def third_of(model, layer):
    name = next(name for name, module in model.named_modules() if module is layer)
    return next(third for suffix, third in value_layers.items() if name.endswith("." + suffix))


def zeroing(model, inputs, values, states):
    """Rows of 1 - cos between the states that each layer leaves with and without a token's value vector, normalised."""
    tokens, matrices = states[0].shape[1], []
    for layer in range(len(states) - 1):
        matrix = torch.zeros(tokens, tokens)
        for token in range(tokens):
            calls = [0]

            def hook(module, _, result):
                if calls[0] == layer:
                    result = result.clone()
                    third = third_of(model, module)
                    part = result if third is None else result.chunk(3, -1)[third]
                    part[:, token] = 0
                calls[0] += 1
                return result

            hooks = [module.register_forward_hook(hook) for module in dict.fromkeys(values)]
            changed = model(**inputs, output_hidden_states=True)
            for one in hooks:
                one.remove()
            matrix[:, token] = 1 - torch.cosine_similarity(states[layer + 1][0], changed.hidden_states[layer + 1][0], dim=-1)
        matrix = matrix.clamp(min=0)
        matrices.append(matrix / matrix.sum(1, keepdim=True))
    return matrices


def contributions(probabilities, value, weight, x, y, norm, added):
    """ALTI's rows of one layer, and the norms of what each token adds; `weight` is [width, heads * size]."""
    heads, tokens = probabilities.shape[:2]
    split = value.reshape(tokens, -1, weight.shape[1] // heads).transpose(0, 1)
    split = split.repeat_interleave(heads // split.shape[0], 0)
    per_head = torch.stack([split[head] @ weight.T[head * split.shape[2] : (head + 1) * split.shape[2]] for head in range(heads)])
    parts = torch.einsum("hij,hjd->ijd", probabilities, per_head)
    sizes = parts.norm(dim=-1)
    whole = parts + torch.eye(tokens)[:, :, None] * x[None]
    if norm is not None:
        deviation = (added.var(-1, unbiased=False) + norm.eps).sqrt()
        whole = (whole - whole.mean(-1, keepdim=True)) * norm.weight / deviation[:, None, None]
    distance = (y[:, None] - whole).abs().sum(-1)
    rows = (y.abs().sum(-1)[:, None] - distance).clamp(min=0)
    return rows / rows.sum(1, keepdim=True), sizes


def product(matrices):
    result = torch.eye(len(matrices[0]))
    for matrix in matrices:
        result = matrix @ result
    return result


def through(name):
    torch.set_default_dtype(torch.float32)
    architecture = architectures[name]
    model = random_model(architecture, "eager").double()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    inputs = texts(architecture.inputs, "single")
    embedded = model.get_input_embeddings()
    embedded.weight.requires_grad_(True)
    result = model(**inputs, output_attentions=True, output_hidden_states=True)
    seed = seeds(result.logits, inputs)["mix"].double()
    # Only now: weights and seeds are drawn as 32-bit numbers.
    torch.set_default_dtype(torch.float64)
    slopes = torch.autograd.grad(result.logits, result.attentions, seed, retain_graph=True)
    maps = [attention[0].detach() for attention in result.attentions]
    relevance = torch.eye(maps[0].shape[-1])
    for attention, slope in zip(maps, slopes, strict=True):
        relevance = relevance + (attention * slope[0]).clamp(min=0).mean(0) @ relevance
    count = len(maps)
    values, outputs, norms = (repeated(layers_of(model, list(suffixes)), count) for suffixes in (value_layers, output_layers, norms_after))
    assert len(values) == len(outputs) == count and len(norms) in (0, count), (name, len(values), len(outputs), len(norms))
    with torch.no_grad():
        kept = [Recorder(values), Recorder(outputs), Recorder(norms)]
        result = model(**inputs, output_hidden_states=True)
        states = result.hidden_states
        for recorder in kept:
            recorder.close()
        given, added, normed = (recorder.calls for recorder in kept)
        decomposed = []
        for layer in range(count):
            module, _, value = given[layer]
            third = third_of(model, module)
            weight = added[layer][0].weight
            weight = weight.T if type(added[layer][0]).__name__ == "Conv1D" else weight
            x = states[layer][0]
            y = normed[layer][2][0] if norms else x + added[layer][2][0]
            decomposed.append(contributions(
                maps[layer], (value if third is None else value.chunk(3, -1)[third])[0], weight, x, y, norms[layer] if norms else None, normed[layer][1][0] if norms else None,
            ))  # fmt: skip
        zeroed = zeroing(model, inputs, values, states)
    return {
        "attentionGradient": [floats((attention * slope[0]).sum((0, 1))) for attention, slope in zip(maps, slopes, strict=True)],
        "chefer": floats(relevance - torch.eye(len(relevance))),
        "valueZeroing": floats(product(zeroed)),
        "alti": floats(product([rows for rows, _ in decomposed])),
        "norms": [floats(sizes) for _, sizes in decomposed],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    (here / "through").mkdir(exist_ok=True)
    for name in sys.argv[1:] or names:
        (here / "through" / f"{name}.json").write_text(json.dumps(through(name), separators=(",", ":")) + "\n")
        print(name, flush=True)
