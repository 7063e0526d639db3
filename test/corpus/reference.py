"""What torch computes for the corpus: logits, attention maps, hidden states, and gradients with respect to each for two targets."""

import base64

import torch
from architectures import end, pad, vocabulary

lengths = (7, 5)


def texts(names, side):
    """`single` is the second, shorter text alone; `right` and `left` are both texts, padded on that side."""
    generator = torch.Generator().manual_seed(1)
    every = []
    for length in lengths:
        ids = torch.randint(4, vocabulary, (length,), generator=generator)
        ids[-1] = end
        kinds = (torch.arange(length) >= length // 2).long()
        every.append((ids, torch.ones(length, dtype=torch.long), kinds, torch.randint(4, vocabulary, (4,), generator=generator)))
    chosen = every[1:] if side == "single" else every
    longest = max(len(ids) for ids, *_ in chosen)

    def padded(row, value):
        missing = longest - len(row)
        return torch.nn.functional.pad(row, (missing, 0) if side == "left" else (0, missing), value=value)

    inputs = {
        "input_ids": torch.stack([padded(ids, pad) for ids, *_ in chosen]),
        "attention_mask": torch.stack([padded(mask, 0) for _, mask, *_ in chosen]),
        "token_type_ids": torch.stack([padded(kinds, 0) for _, _, kinds, _ in chosen]),
        "decoder_input_ids": torch.stack([decoder for *_, decoder in chosen]),
    }
    return {name: inputs[name] for name in names}


def seeds(logits, inputs):
    """Two directions in the logits: one class (at the last real token, where every token has logits), and a mix of all of them."""
    rows = logits.shape[0]
    one, mix = torch.zeros_like(logits), torch.zeros_like(logits)
    for row in range(rows):
        # The last row is the same text in every case, so it gets the same numbers.
        generator = torch.Generator().manual_seed(100 - (rows - row))
        if logits.dim() == 2:
            one[row, 1] = 1
            mix[row] = torch.randn(logits.shape[1], generator=generator)
        else:
            same_length = logits.shape[1] == inputs["attention_mask"].shape[1] and "decoder_input_ids" not in inputs
            real = inputs["attention_mask"][row].nonzero()[:, 0] if same_length else torch.arange(logits.shape[1])
            one[row, real[-1], 1] = 1
            mix[row, real] = torch.randn((len(real), logits.shape[2]), generator=generator)
    return {"one class": one, "mix": mix}


class Lookups:
    """Keeps the result of every lookup in the word-embedding table while it is open: before a scaling that a model puts inside its module."""

    def __init__(self, model):
        self.table, self.found = model.get_input_embeddings().weight, []

    def __enter__(self):
        self.embedding = torch.nn.functional.embedding

        def recording(ids, weight, *rest, **named):
            result = self.embedding(ids, weight, *rest, **named)
            if weight is self.table:
                self.found.append(result)
            return result

        torch.nn.functional.embedding = recording
        return self.found

    def __exit__(self, *_):
        torch.nn.functional.embedding = self.embedding


def floats(tensor):
    data = tensor.detach().to(torch.float32).contiguous().numpy()
    return {"dims": list(data.shape), "base64": base64.b64encode(data.tobytes()).decode()}


def inner_tensors(result, lookups):
    places = [("embedding", "main", "lookup", lookups)]
    if result.get("encoder_hidden_states") is not None:
        places += [("hidden", "encoder", "state", result.encoder_hidden_states), ("attention", "encoder", "self", result.encoder_attentions)]
        places += [("hidden", "main", "state", result.decoder_hidden_states), ("attention", "main", "self", result.decoder_attentions)]
        places += [("attention", "main", "cross", result.cross_attentions)]
    else:
        places += [("hidden", "main", "state", result.hidden_states), ("attention", "main", "self", result.attentions)]
    return [(what, stream, kind, index, tensor) for what, stream, kind, tensors in places for index, tensor in enumerate(tensors)]


def reference(model, inputs):
    """The record of one batch; `model` must be eager, since only then torch keeps its attention maps."""
    with Lookups(model) as lookups:
        result = model(**inputs, output_attentions=True, output_hidden_states=True)
    tensors = inner_tensors(result, lookups)
    targets = seeds(result.logits, inputs)
    record = {
        "inputs": {name: value.tolist() for name, value in inputs.items()},
        "logits": floats(result.logits),
        "seeds": {name: floats(seed) for name, seed in targets.items()},
        "tensors": [{"what": what, "stream": stream, "kind": kind, "layer": layer, "value": floats(value), "gradients": {}} for what, stream, kind, layer, value in tensors],
    }
    for name, seed in targets.items():
        gradients = torch.autograd.grad(result.logits, [tensor for *_, tensor in tensors], seed, retain_graph=True, allow_unused=True)
        for place, gradient in zip(record["tensors"], gradients, strict=True):
            if gradient is not None:
                place["gradients"][name] = floats(gradient)
    return record


def goldens(model, names):
    return {side: reference(model, texts(names, side)) for side in ("single", "right", "left")}
