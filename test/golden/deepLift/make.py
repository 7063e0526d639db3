"""DeepLIFT by `captum` of a small network of the layers that captum replaces: linear ones, ReLU, tanh, sigmoid and softplus.

    python make.py > cases.json
"""

import json
import sys

import torch
from captum.attr import DeepLift


def main():
    torch.manual_seed(4)
    torch.set_num_threads(1)
    layers = torch.nn
    network = layers.Sequential(
        layers.Linear(4, 5), layers.ReLU(), layers.Linear(5, 5), layers.Tanh(), layers.Linear(5, 5), layers.Sigmoid(),
        layers.Linear(5, 4), layers.Softplus(), layers.Linear(4, 3),
    ).double()  # fmt: skip
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape))
    x, baseline = torch.randn((1, 4)).double(), torch.randn((1, 4)).double()
    rounded = lambda tensor: [round(value, 12) for value in tensor.detach().flatten().tolist()]
    json.dump(
        {
            "layers": [
                {"kind": type(layer).__name__, **({"weight": rounded(layer.weight), "bias": rounded(layer.bias)} if isinstance(layer, layers.Linear) else {})}
                for layer in network
            ],
            "input": rounded(x),
            "baseline": rounded(baseline),
            "attributions": [rounded(DeepLift(network).attribute(x, baseline, target=target)) for target in range(3)],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
