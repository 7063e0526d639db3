"""Grad-CAM on tokens by torch in double precision, for the text alone.

    python test/corpus/gradCam.py [name ...]

Writes test/corpus/gradCam/<architecture>.json: for each layer relu(sum_d alpha_d h_id) with alpha_d = mean_i df/dh_id, h the states that the layer leaves.
"""

import json
import pathlib
import sys

import torch
from architectures import architectures, random_model
from reference import floats, seeds, texts

here = pathlib.Path(__file__).resolve().parent
names = ["bert", "distilbert", "roberta", "albert", "gpt2", "llama", "gemma2", "modernbert", "mpnet", "debertav2"]


def grad_cam(name):
    torch.set_default_dtype(torch.float32)
    architecture = architectures[name]
    model = random_model(architecture, "eager").double()
    inputs = texts(architecture.inputs, "single")
    result = model(**inputs, output_hidden_states=True)
    states = result.hidden_states[1:]
    seed = seeds(result.logits.detach().float(), inputs)["mix"].double()
    if name == "modernbert":
        # Its class lists the last state before the final normalisation.
        states = states[:-1]
    slopes = torch.autograd.grad(result.logits, states, seed)
    return [floats((h[0] @ slope[0].mean(0)).clamp(min=0)) for h, slope in zip(states, slopes, strict=True)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    (here / "gradCam").mkdir(exist_ok=True)
    for name in sys.argv[1:] or names:
        (here / "gradCam" / f"{name}.json").write_text(json.dumps(grad_cam(name), separators=(",", ":")) + "\n")
        print(name, flush=True)
