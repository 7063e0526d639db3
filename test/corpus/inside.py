"""What lies inside the models of the corpus, by torch: value vectors, output projections, and logits with a map permuted.

    python test/corpus/inside.py [name ...]

Writes test/corpus/inside/<architecture>.json, for the batch that is padded on the right. Projections are told by the names that the classes of
transformers give their layers; probabilities are changed where torch computes Softmax.
"""

import json
import pathlib
import re
import sys

import torch
from architectures import architectures, random_model
from reference import floats, texts

here = pathlib.Path(__file__).resolve().parent
# Layer that makes the values, and which third of its result they are where it makes queries and keys too.
value_layers = {
    "self.value": None, "v_lin": None, "attention.value": None, "value_proj": None, "Wqkv": 2, "c_attn": 2, "v_proj": None,
    "SelfAttention.v": None, "EncDecAttention.v": None, "attn.v": None,
}  # fmt: skip
output_layers = ("attention.output.dense", "out_lin", "attention.dense", "attn.Wo", "attn.c_proj", "o_proj", "out_proj", "SelfAttention.o", "EncDecAttention.o", "attn.o")
names = [name for name in architectures if name not in ("funnel", "squeezebert")]


def place(name):
    """The stream and the kind of the attention that a layer belongs to."""
    decoder = re.search(r"(^|\.)decoder\.", name) is not None
    encoder_decoder = decoder or re.search(r"^(model\.)?encoder\.(block|layers)\.\d+\.(layer|self_attn)", name) is not None
    cross = "encoder_attn" in name or "EncDecAttention" in name
    return ("encoder" if encoder_decoder and not decoder else "main", "cross" if cross else "self")


class Softmaxes(torch.overrides.TorchFunctionMode):
    """Changes the result of the n-th Softmax over scores by `change(n, result)`."""

    def __init__(self, change):
        super().__init__()
        self.change, self.count = change, 0

    def __torch_function__(self, function, kinds, arguments=(), named=None):
        result = function(*arguments, **(named or {}))
        if getattr(function, "__name__", "") == "softmax" and result.dim() >= 3:
            result = self.change(self.count, result)
            self.count += 1
        return result


def inside(name):
    architecture = architectures[name]
    model = random_model(architecture, "eager")
    only_encoder = not hasattr(model.config, "is_encoder_decoder") or not model.config.is_encoder_decoder
    inputs = texts(architecture.inputs, "right")
    batch = inputs["input_ids"].shape[0]
    found = {}

    def keep(layer, what, third):
        stream, kind = place(layer)
        stream = "main" if only_encoder else stream

        def hook(_, __, result):
            found.setdefault((stream, kind), []).append((what, result if third is None else result.chunk(3, -1)[third]))

        return hook

    for layer, module in model.named_modules():
        for suffix, third in value_layers.items():
            if layer.endswith("." + suffix):
                module.register_forward_hook(keep(layer, "values", third))
        if layer.endswith(tuple("." + suffix for suffix in output_layers)) and "classif" not in layer:
            module.register_forward_hook(keep(layer, "projected", None))
    maps = []
    with torch.no_grad(), Softmaxes(lambda n, result: maps.append(result) or result):
        logits = model(**inputs).logits
    heads = maps[0].reshape(batch, -1, *maps[0].shape[-2:]).shape[1]
    record = []
    for (stream, kind), tensors in found.items():
        values = [tensor for what, tensor in tensors if what == "values"]
        projected = [tensor for what, tensor in tensors if what == "projected"]
        assert len(values) == len(projected) > 0, (name, len(values), len(projected))
        for layer, (value, result) in enumerate(zip(values, projected, strict=True)):
            per_head = model.config.head_dim if getattr(model.config, "head_dim", None) else getattr(model.config, "d_kv", None) or result.shape[-1] // heads
            split = value.reshape(batch, value.shape[1], -1, per_head).transpose(1, 2)
            split = split.repeat_interleave(heads // split.shape[1], 1)
            record.append({"stream": stream, "kind": kind, "layer": layer, "values": floats(split), "projected": floats(result)})
    # In the order in which torch computes them: all of the encoder, then self and cross in turn.
    order = sorted(record, key=lambda map: (map["stream"] != "encoder", map["layer"], map["kind"] != "self"))
    assert len(order) == len(maps), (name, len(order), len(maps))
    with torch.no_grad(), Softmaxes(lambda n, result: result.roll(1, -1) if n == 0 else result):
        rolled = model(**inputs).logits
    return {"maps": order, "lastIsRaw": name == "modernbert", "logits": floats(logits), "rolled": floats(rolled)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    (here / "inside").mkdir(exist_ok=True)
    for name in sys.argv[1:] or names:
        (here / "inside" / f"{name}.json").write_text(json.dumps(inside(name), separators=(",", ":")) + "\n")
        print(name, flush=True)
