"""What torch computes with checkpoints that `transformers` saves: tiny models of every architecture, head and setting that is written in src/graph/architectures.

    python test/corpus/checkpoints/make.py [name or beginning of a name ...]

Writes <name>.json: config.json as it was saved, names and sizes of the tensors in model.safetensors, what the model is fed, and its logits, attention maps and the gradient of
one direction in the logits with respect to the words that were looked up. Weights are no part of it: both sides make them of their names (see `filled`), as numbers that 16-bit floats hold too.
Cases are in encoders.py, decoders.py and pairs.py. Versions are in requirements.txt.
"""

import importlib
import json
import logging
import pathlib
import sys
import tempfile
import warnings

import numpy
import safetensors
import safetensors.torch
import torch

here = pathlib.Path(__file__).resolve().parent
sys.path.append(str(here.parent))

from reference import Lookups, floats  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)
lengths = (7, 5)


def filled(name, shape):
    """Numbers made of a tensor's name by mulberry32 over FNV-1a: 1 ± 1/2 in steps of 1/128 for the weights of norms, which have one axis, else ± 1/4 in steps of 1/256."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    count = int(numpy.prod(shape))
    state = (seed + 0x6D2B79F5 * (numpy.arange(count, dtype=numpy.uint64) + 1)).astype(numpy.uint32)
    with numpy.errstate(over="ignore"):
        mixed = (state ^ (state >> 15)) * (state | 1)
        mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
        uniform = (mixed ^ (mixed >> 14)).astype(numpy.float64) / 2**32
    steps = numpy.floor(uniform * 129) - 64
    is_norm = len(shape) == 1 and name.endswith("weight")
    return torch.tensor(1 + steps / 128 if is_norm else steps / 256, dtype=torch.float32).reshape(shape)


def texts(case, vocabulary):
    """Two texts of random tokens, the second padded on the right."""
    generator = torch.Generator().manual_seed(1)
    longest = max(lengths)
    ids = torch.full((len(lengths), longest), case.pad)
    mask, kinds = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(4, vocabulary, (length,), generator=generator)
        ids[row, length - 1] = case.end
        mask[row, :length] = 1
        kinds[row, length // 2 : length] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    inputs["decoder_input_ids"] = torch.randint(4, getattr(case.config, "decoder_vocab_size", vocabulary), (len(lengths), 4), generator=generator)
    return {name: inputs[name] for name in case.inputs}


def outputs_of(result):
    # What a model was trained on at first has two heads: that which fills blanks counts.
    if (blanks := getattr(result, "prediction_logits", None)) is not None:
        return {"logits": blanks}
    names = ("start_logits", "end_logits", "logits", "last_hidden_state")
    return {name: result[name] for name in names if result.get(name) is not None}


def maps_of(result):
    places = (("encoder", "self", "encoder_attentions"), ("main", "self", "decoder_attentions"), ("main", "cross", "cross_attentions"), ("main", "self", "attentions"))
    return [
        {"stream": stream, "kind": kind, "layer": layer, "value": floats(value)}
        for stream, kind, name in places
        for layer, value in enumerate(result.get(name) or ())
        if value is not None
    ]


def continuation(model, inputs):
    """What a model writes for the first text, the likeliest token each time."""
    asked = {name: inputs[name][:1] for name in ("input_ids", "attention_mask")}
    return model.generate(**asked, max_new_tokens=6, num_beams=1, do_sample=False, use_cache=False)[0, 1:].tolist()


def golden(case):
    with tempfile.TemporaryDirectory() as folder:
        case.kind(case.config).save_pretrained(folder)
        path = pathlib.Path(folder) / "model.safetensors"
        with safetensors.safe_open(path, "pt") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
        safetensors.torch.save_file({name: filled(name, shape) for name, shape in shapes.items()}, path, {"format": "pt"})
        config = json.loads((pathlib.Path(folder) / "config.json").read_text())
        model = case.kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    model.config.use_cache = False
    inputs = texts(case, getattr(case, "vocabulary", None) or config["vocab_size"])
    with Lookups(model) as lookups:
        result = model(**inputs, output_attentions=True)
    outputs = outputs_of(result)
    # At the real tokens only: what padding gives is of no use, and exports differ there.
    seeds = {}
    for index, (name, value) in enumerate(outputs.items()):
        generator = torch.Generator().manual_seed(100 + index)
        seed = torch.randn(value.shape, generator=generator)
        if value.dim() > 1 and value.shape[1] == inputs["input_ids"].shape[1] and "decoder_input_ids" not in inputs:
            seed *= inputs["attention_mask"].reshape(*inputs["attention_mask"].shape, *[1] * (value.dim() - 2))
        seeds[name] = seed
    total = sum((value * seeds[name]).sum() for name, value in outputs.items())
    gradients = torch.autograd.grad(total, lookups, allow_unused=True)
    written = {"written": continuation(model, inputs)} if "decoder_input_ids" in inputs and result.logits.dim() == 3 else {}
    return {
        **written,
        "config": config,
        "tensors": shapes,
        "inputs": {name: value.tolist() for name, value in inputs.items()},
        "outputs": {name: floats(value) for name, value in outputs.items()},
        "seeds": {name: floats(value) for name, value in seeds.items()},
        "attention": maps_of(result),
        "gradients": [floats(gradient) for gradient in gradients if gradient is not None],
    }


if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for module in ("encoders", "decoders", "pairs"):
        if not (here / f"{module}.py").exists():
            continue
        for name, case in importlib.import_module(module).cases.items():
            if any(name.startswith(beginning) for beginning in wanted):
                (here / f"{name}.json").write_text(json.dumps(golden(case), separators=(",", ":")) + "\n")
                print(name)
