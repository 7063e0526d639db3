"""Relevance and multipliers for the models of the corpus, by torch in double precision, written independently of the product.

    python test/corpus/relevance.py [name ...]

Writes test/corpus/relevance/<architecture>.json with the adjoints of the word embeddings under AttnLRP, CP-LRP and DeepLIFT.
AttnLRP and CP-LRP (batch padded on the right) by detaching: activation functions become x · (f(x)/x).detach(), normalisations
divide by a detached deviation, factors of a product of two activations get half their gradient, CP-LRP detaches probabilities.
DeepLIFT (the text alone, against the text with every token but the last replaced) by replacing each function by one whose backward pass
is the rescale rule; as torch runs both texts in one batch, each function sees its own reference there.
"""

import json
import pathlib
import sys

import torch
import transformers.activations
from architectures import architectures, random_model
from reference import floats, seeds, texts

here = pathlib.Path(__file__).resolve().parent
names = [name for name in architectures if name not in ("funnel",)]
nonlinear = {"gelu", "silu", "tanh", "sigmoid"}
products = {"matmul", "bmm", "mul", "__mul__", "__matmul__", "__rmul__"}
composed = (transformers.activations.NewGELUActivation,)


def needs_gradient(value):
    return isinstance(value, torch.Tensor) and value.requires_grad


class Composed:
    """Activation functions that transformers writes out are made one function, named like those of torch."""

    def __init__(self, mode):
        self.mode = mode

    def __enter__(self):
        self.kept = {kind: kind.forward for kind in composed}
        for kind, forward in self.kept.items():
            kind.forward = lambda module, x, forward=forward: self.replacement(lambda value: forward(module, value), x)

    def replacement(self, function, x):
        with torch._C.DisableTorchFunction():
            return self.mode.activation(function, x)

    def __exit__(self, *_):
        for kind, forward in self.kept.items():
            kind.forward = forward


def stays_double(name, arguments, named):
    """Whether a call would make a number shorter: the classes of transformers compute some things in 32 bits whatever they are given."""
    shorter = name == "float" or (name in ("to", "type") and torch.float32 in (*arguments[1:], *named.values()))
    return shorter and arguments[0].dtype == torch.float64


class Relevance(torch.overrides.TorchFunctionMode):
    def __init__(self, keep_probabilities):
        super().__init__()
        self.keep_probabilities = keep_probabilities

    def activation(self, function, x):
        with torch.no_grad():
            ratio = function(x) / x
        return x * ratio

    def half(self, x):
        return 0.5 * x + 0.5 * x.detach()

    def __torch_function__(self, function, kinds, arguments=(), named=None):
        named = dict(named or {})
        name = getattr(function, "__name__", "")
        first = arguments[0] if arguments else None
        if stays_double(name, arguments, named):
            return first
        if name == "softmax":
            named.pop("dtype", None)
        if needs_gradient(first):
            if name in nonlinear:
                return self.activation(lambda value: function(value, *arguments[1:], **named), first)
            if name == "rsqrt" or name == "sqrt":
                return function(first.detach())
            if name == "layer_norm":
                return self.layer_norm(*arguments, **named)
            if name == "softmax" and first.dim() >= 3 and not self.keep_probabilities:
                return function(*arguments, **named).detach()
            if name in products and needs_gradient(arguments[1]):
                return function(self.half(first), self.half(arguments[1]), *arguments[2:], **named)
        return function(*arguments, **named)

    def layer_norm(self, x, shape, weight=None, bias=None, eps=1e-5):
        moved = x - x.mean(-1, keepdim=True)
        y = moved / (moved.square().mean(-1, keepdim=True) + eps).sqrt().detach()
        y = y if weight is None else y * weight
        return y if bias is None else y + bias


def partner(x):
    half = x.shape[0] // 2
    return torch.cat([x[half:], x[:half]])


def quotient(x, y, slope):
    run = x - partner(x)
    apart = run.abs() > 1e-6
    return torch.where(apart, (y - partner(y)) / torch.where(apart, run, 1), slope)


class Rescale(torch.autograd.Function):
    """y = f(x), with the difference quotient of both halves of the batch as its slope."""

    @staticmethod
    def forward(context, function, x):
        with torch.enable_grad():
            inner = x.detach().requires_grad_(True)
            y = function(inner)
            (slope,) = torch.autograd.grad(y.sum(), inner)
        context.save_for_backward(quotient(inner.detach(), y.detach(), slope))
        return y.detach()

    @staticmethod
    def backward(context, gradient):
        return None, gradient * context.saved_tensors[0]


class Bilinear(torch.autograd.Function):
    """y = f(a, b), linear in each, with the gradient at the means of both halves of the batch."""

    @staticmethod
    def forward(context, function, a, b):
        context.function = function
        context.save_for_backward((a + partner(a)) / 2, (b + partner(b)) / 2)
        return function(a, b)

    @staticmethod
    def backward(context, gradient):
        a, b = (value.detach().requires_grad_(True) for value in context.saved_tensors)
        with torch.enable_grad():
            y = context.function(a, b)
        return None, *torch.autograd.grad(y, (a, b), gradient)


class DeepLift(torch.overrides.TorchFunctionMode):
    def activation(self, function, x):
        return Rescale.apply(function, x)

    def __torch_function__(self, function, kinds, arguments=(), named=None):
        named = dict(named or {})
        name = getattr(function, "__name__", "")
        first = arguments[0] if arguments else None
        if stays_double(name, arguments, named):
            return first
        if name == "softmax":
            named.pop("dtype", None)
        if needs_gradient(first):
            if name in nonlinear | {"relu", "rsqrt"}:
                return Rescale.apply(lambda value: function(value, *arguments[1:], **named), first)
            if name == "pow":
                assert arguments[1] == 2
                return Bilinear.apply(torch.mul, first, first)
            if name == "layer_norm":
                return self.layer_norm(*arguments, **named)
            if name == "softmax":
                return self.softmax(first)
            if name in products and needs_gradient(arguments[1]):
                return Bilinear.apply(function, first, arguments[1])
        return function(*arguments, **named)

    def softmax(self, x):
        highest = x.detach().amax(-1, keepdim=True)
        shifted = x - torch.maximum(highest, partner(highest))
        total = Rescale.apply(torch.exp, shifted).sum(-1, keepdim=True)
        return Rescale.apply(torch.exp, shifted - Rescale.apply(torch.log, total))

    def layer_norm(self, x, shape, weight=None, bias=None, eps=1e-5):
        moved = x - x.mean(-1, keepdim=True)
        variance = Bilinear.apply(torch.mul, moved, moved).mean(-1, keepdim=True) + eps
        y = Bilinear.apply(torch.mul, moved, Rescale.apply(torch.rsqrt, variance))
        y = y if weight is None else y * weight
        return y if bias is None else y + bias


class Replaced:
    """Feeds other numbers instead of the n-th lookup of words, and keeps what was fed."""

    def __init__(self, model, which, change):
        self.table = model.get_input_embeddings().weight
        self.which, self.change, self.count, self.fed = which, change, 0, None

    def __enter__(self):
        self.embedding = torch.nn.functional.embedding

        def looking(ids, weight, *rest, **named):
            # The function of the module above would come back here while another mode is on.
            result = torch.embedding(weight, ids)
            if weight is self.table:
                result = (self.change(result.detach()) if self.count == self.which else result.detach()).requires_grad_(True)
                self.fed = result if self.count == self.which else self.fed
                self.count += 1
            return result

        torch.nn.functional.embedding = looking
        return self

    def __exit__(self, *_):
        torch.nn.functional.embedding = self.embedding


def adjoint(model, inputs, mode, seed, change=lambda result: result):
    # The goldens of encoder-decoder models are about the first lookup, that of the encoder.
    with Replaced(model, 0, change) as lookup, Composed(mode), mode:
        logits = model(**inputs).logits
    (result,) = torch.autograd.grad(logits, lookup.fed, seed(logits))
    return lookup.fed.detach(), logits.detach(), result


def relevance(name):
    architecture = architectures[name]
    model = random_model(architecture, "eager").double().requires_grad_(False)
    padded, alone = texts(architecture.inputs, "right"), texts(architecture.inputs, "single")
    mix = lambda inputs: lambda logits: seeds(logits.detach().float(), inputs)["mix"].double()
    record = {}
    for key, keep in (("attnLrp", True), ("cpLrp", False)):
        _, _, result = adjoint(model, padded, Relevance(keep), mix(padded))
        record[key] = floats(result)
    twice = {key: value.repeat(2, 1) for key, value in alone.items()}
    row = model.get_input_embeddings().weight[3]

    def without_text(embedded):
        reference = embedded.clone()
        reference[1, :-1] = row
        return reference

    once = seeds(torch.zeros_like(model(**alone).logits).float(), alone)["mix"].double()
    fed, logits, result = adjoint(model, twice, DeepLift(), lambda _: once.repeat(2, *[1] * (once.dim() - 1)), without_text)
    explained, change = ((fed[0] - fed[1]) * result[0]).sum(), ((logits[0] - logits[1]) * once[0]).sum()
    assert abs(explained - change) < 1e-9 * max(1, abs(change)), (name, explained, change)
    assert (result[0] - result[1]).abs().max() < 1e-12
    record["deepLift"] = {"reference": floats(fed[1:]), "multipliers": floats(result[:1]), "change": change.item()}
    return record


if __name__ == "__main__":
    torch.set_num_threads(1)
    (here / "relevance").mkdir(exist_ok=True)
    for name in sys.argv[1:] or names:
        (here / "relevance" / f"{name}.json").write_text(json.dumps(relevance(name), separators=(",", ":")) + "\n")
        print(name, flush=True)
